import { z } from 'zod';
import { rights, roles } from '../../../modules/access/index.js';

const name = z.string().regex(/^[A-Za-z0-9][\w.:-]{0,62}$/, 'letters, digits and . _ : -, 63 at most');
const names = z.array(z.string().min(1).max(255)).min(1).max(100).nullable();
const network = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]);

/** What narrows a key beside its role; null leaves it open. */
const scopes = {
  doors: names.default(null).describe('Names of doors, as `door` of a job tells them.'),
  workflows: names.default(null).describe('Named workflows; such a key submits no graphs.'),
  networks: z.array(network).min(1).max(100).nullable().default(null).describe('Where it may be used from.'),
};

export const newKeySchema = z.strictObject({
  principal: name.describe('Whose it is: a person or a program; made where it is new.'),
  tenant: name.default('default'),
  name: z.string().min(1).max(200).optional().describe('For people. Without it that of the principal.'),
  role: z.enum(roles),
  rights: z.array(z.enum(rights)).max(rights.length).default([]),
  ...scopes,
  expires_at: z.iso.datetime({ offset: true }).nullable().default(null),
});

export const keySchema = z.object({
  id: z.string().describe('The public part of the key.'),
  principal: z.string(),
  tenant: z.string(),
  name: z.string(),
  role: z.enum(roles).nullable().describe('Null where what is kept of it makes no sense: it opens nothing.'),
  rights: z.array(z.enum(rights)),
  doors: z.array(z.string()).nullable(),
  workflows: z.array(z.string()).nullable(),
  networks: z.array(z.string()).nullable(),
  created_at: z.iso.datetime(),
  created_by: z.string().nullable(),
  expires_at: z.iso.datetime().nullable(),
  used_at: z.iso.datetime().nullable().describe('To the minute.'),
  revoked_at: z.iso.datetime().nullable(),
});
export const keyListSchema = z.object({ keys: z.array(keySchema) });
export const madeKeySchema = keySchema.extend({
  key: z.string().describe('The key itself: told this once.'),
});

const dayS = 86_400;
export const rotationSchema = z
  .strictObject({
    grace_s: z
      .int()
      .min(1)
      .max(30 * dayS)
      .default(dayS)
      .describe('How long the old key goes on.'),
  })
  .default({ grace_s: dayS });

export const principalListSchema = z.object({
  principals: z.array(
    z.object({ id: z.string(), tenant: z.string(), name: z.string(), created_at: z.iso.datetime() }),
  ),
});

/** `POST /v1/links` */
export const newLinkSchema = z.strictObject({
  job_id: z.uuid(),
  filename: z.string().min(1).max(255),
  subfolder: z.string().max(1_000).default(''),
  type: z.string().max(20).default('output'),
  lifetime_s: z
    .int()
    .min(1)
    .max(30 * dayS)
    .default(dayS),
});
export const linkSchema = z.object({
  url: z.string(),
  native_path: z.string().describe("The same at ComfyUI's own API, below the address of port 8188."),
  expires_at: z.iso.datetime(),
});

/** `DELETE /v1/keys/{id}/logins`, `DELETE /v1/principals/{id}/logins` */
export const endedLoginsSchema = z.object({ ended: z.int().describe('How many there were.') });

/** `POST /v1/tokens` */
export const tokenSchema = z.object({
  token: z.string().describe('For `?token=` of one WebSocket or event stream, once.'),
  expires_at: z.iso.datetime().describe('In a minute.'),
});

/** How it is known who asks. */
export const knownBySchema = z.enum(['key', 'person', 'link', 'local', 'anonymous', 'everybody', 'nobody']);
export const isKnownBy = (kind: string): boolean => knownBySchema.safeParse(kind).success;

/** `GET /v1/me` */
export const meSchema = z.object({
  kind: knownBySchema.describe(
    '`key`; `person`, known by OpenID Connect; or `local` at this machine, `anonymous` where that is open, `everybody` while AUTH is off.',
  ),
  principal: z.string().nullable(),
  tenant: z.string(),
  role: z.enum(roles).nullable(),
  rights: z.array(z.enum(rights)),
  key_id: z.string().nullable(),
  logged_in: z.boolean().describe('By the cookie of a browser: `/login` ends that.'),
  doors: z.array(z.string()).nullable(),
  workflows: z.array(z.string()).nullable(),
});
