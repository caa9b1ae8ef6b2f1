/** Who is let in; docs/access.md tells what follows from each. */
import { z } from 'zod';
import { namesIn, networksIn } from './kinds.js';

/** A tenant, and what whoever comes without a credential may do in it. */
export interface AnonymousAccess {
  tenantId: string;
  role: 'read' | 'submit';
}

const anonymousPattern = /^([A-Za-z0-9][\w.:-]{0,62}):(read|submit)$/;

/** Empty, or `off`, lets nobody in. */
const anonymous = z.string().transform((text, context): AnonymousAccess | null => {
  const given = text.trim();
  if (given === '' || given === 'off') return null;
  const [, tenantId, role] = anonymousPattern.exec(given) ?? [];
  if (tenantId === undefined || (role !== 'read' && role !== 'submit')) {
    context.addIssue({ code: 'custom', message: 'must be tenant:submit, tenant:read, or off' });
    return null;
  }
  return { tenantId, role };
});

const requestsAMinute = z.coerce.number().int().min(0).max(10_000_000).default(0);

export const accessSettings = {
  AUTH: z
    .enum(['auto', 'on', 'off'])
    .optional()
    .describe(
      '`on` wants a credential of everybody and is the default in production; `auto`, the default elsewhere, lets in who sits at this machine, and everybody to the original API; `off` lets in everybody to everything.',
    ),
  AUTH_ANONYMOUS: anonymous
    .optional()
    .describe(
      'What who has no credential may do at the doors of `AUTH_ANONYMOUS_DOORS`: `tenant:submit` or `tenant:read`; `off`, or empty, is nothing. Without it `default:submit` where `AUTH` is `auto`, nothing where it is `on`.',
    ),
  AUTH_ANONYMOUS_DOORS: z
    .string()
    .default('compat-5014')
    .transform(namesIn)
    .describe(
      "Doors that this opens, comma separated: `compat-5014` is the original API, `native` ComfyUI's own.",
    ),
  AUTH_ANONYMOUS_FROM: networksIn.describe(
    'Addresses and networks (CIDR) that they must come from, comma separated; without it from anywhere.',
  ),
  ADMIN_KEY_FILE: z
    .string()
    .optional()
    .describe(
      'File with a key that administers, such as a mounted Secret. Where it is missing and there is no such key yet, one is made and written there.',
    ),
  METRICS_KEY_FILE: z
    .string()
    .optional()
    .describe(
      'The same for a key that reads metrics and nothing else, for whoever scrapes; every user of the machine may read a file that is made.',
    ),
  LINK_LIFETIME_S: z.coerce
    .number()
    .int()
    .min(60)
    .max(30 * 86_400)
    .default(86_400)
    .describe(
      'How long the address of a result opens it without a key, in seconds, rounded up to the hour; it is signed where nobody could open it otherwise.',
    ),
  LOGIN_LIFETIME_S: z.coerce
    .number()
    .int()
    .min(60)
    .max(30 * 86_400)
    .default(43_200)
    .describe('How long a browser stays logged in, in seconds.'),
  LOGIN_TRIES_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(0)
    .max(10_000_000)
    .default(60)
    .describe(
      'Tries to log in that an address, and apart from that a key, may make in a minute at all replicas together, each of which lets in its share; 0 sets no limit. More are answered with 429.',
    ),
  RATE_READS_PER_MINUTE: requestsAMinute.describe(
    'Requests that read which a principal (who has no key: an address) may make in a minute at all replicas together, each of which lets in its share; 0 sets no limit. More are answered with 429.',
  ),
  RATE_SUBMITS_PER_MINUTE: requestsAMinute.describe('The same for requests that submit jobs.'),
  RATE_CHANGES_PER_MINUTE: requestsAMinute.describe(
    'The same for requests that cancel, upload or change anything.',
  ),
  AUDIT_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(0)
    .default(365)
    .describe('Whole days for which it is kept who changed what; 0 keeps it for ever.'),
};
