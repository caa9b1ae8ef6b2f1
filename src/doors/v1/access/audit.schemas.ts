import { z } from 'zod';
import { knownBySchema } from './access.schemas.js';

const name = z.string().min(1).max(200);

export const auditQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional()
    .describe('`next_cursor` of the page before.'),
  principal: name.optional(),
  tenant: name.optional(),
  kind: z.enum(['workflow', 'node', 'tenant', 'key', 'job']).optional(),
});

/** `GET /v1/audit` */
export const auditListSchema = z.object({
  entries: z.array(
    z.object({
      id: z.string(),
      at: z.iso.datetime(),
      known_by: knownBySchema,
      principal: z.string().nullable(),
      key_id: z.string().nullable().describe('Public part of the key that was shown.'),
      tenant: z.string().describe('Of whoever asked.'),
      verb: z.string(),
      kind: z.string(),
      request: z.string().describe('Method and path.'),
      address: z.string(),
      request_id: z.string(),
      status: z.number().nullable().describe('Of the answer; null when its replica died before it.'),
    }),
  ),
  next_cursor: z.string().nullable(),
});
