/** Whom an OpenID provider lets in. */
import { z } from 'zod';
import { namesIn } from './kinds.js';

const grantPattern =
  /^(\*|([\w:./-]{1,200})=(.{1,200}))>([A-Za-z0-9][\w.:-]{0,62}):(read|submit|operator|admin|metrics)$/;

const grants = z
  .string()
  .default('')
  .transform((text, context) =>
    namesIn(text).flatMap((given) => {
      const [, all, claim = '*', value = '', tenantId = '', role = ''] = grantPattern.exec(given) ?? [];
      if (all !== undefined) return [{ claim, value, tenantId, role: role as GrantedRole }];
      context.addIssue({
        code: 'custom',
        message: `"${given}" must be claim=value>tenant:role, or *>tenant:role`,
      });
      return [];
    }),
  );

type GrantedRole = 'read' | 'submit' | 'operator' | 'admin' | 'metrics';

const isSafe = (text: string): boolean =>
  text.startsWith('https://') || /^http:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?(\/|$)/.test(text);

export const oidcSettings = {
  OIDC_ISSUER: z
    .url()
    .refine(isSafe, 'must be https, but for this very machine')
    .optional()
    .describe(
      'Address of an OpenID provider whose tokens (JWT, as Bearer) let in, exactly as it names itself.',
    ),
  OIDC_AUDIENCE: z
    .string()
    .min(1)
    .default('comfymux')
    .describe('What such a token must name as its audience.'),
  OIDC_GRANTS: grants.describe(
    'What they may, comma separated, the first that fits: `groups=platform>default:admin`, `sub=system:serviceaccount:render:bot>team-a:submit`, `*>default:read`. Whom none fits may do nothing.',
  ),
  OIDC_CLIENT_ID: z
    .string()
    .min(1)
    .optional()
    .describe(
      'What the provider calls this service: people then log in at `/login` by way of the provider, which must know the address `…/login/callback` of each port that they use.',
    ),
  OIDC_CLIENT_SECRET: z
    .string()
    .min(1)
    .optional()
    .describe('What this service shows the provider; without it PKCE alone tells that it is the same.'),
  OIDC_CLIENT_AUTH: z
    .enum(['basic', 'post'])
    .default('basic')
    .describe('Whether that is shown in a header, or in the body (`client_secret_post`).'),
  OIDC_SCOPES: z
    .string()
    .regex(/^openid( [\x21\x23-\x5b\x5d-\x7e]+)*$/, 'must begin with openid, separated by spaces')
    .default('openid profile')
    .describe(
      'Scopes that a login asks for, separated by spaces; many providers tell groups only to who asks for `groups`.',
    ),
  OIDC_PROVIDER_NAME: z
    .string()
    .min(1)
    .max(60)
    .default('single sign-on')
    .describe('What the button says on which people log in: *Log in with …*.'),
};
