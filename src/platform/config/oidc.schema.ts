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
};
