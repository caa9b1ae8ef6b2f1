import { z } from 'zod';

export const tenantIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:-]{0,62}$/, 'letters, digits and . _ : -, 63 at most')
  // Under these names uploads are kept that are no tenant's alone.
  .refine((id) => id !== 'shared' && !id.startsWith('native:'), 'is a name of our own');

/** What a number holds exactly. */
const bytesMax = Number.MAX_SAFE_INTEGER;

/** Null, as when it is left out, sets none. */
const limitUpTo = (most: number) => z.int().min(0).max(most).nullable().default(null);

/** What is left out takes its default: a PUT says all that is set. */
export const tenantSettingsSchema = z.strictObject({
  weight: z
    .number()
    .gt(0)
    .max(1000)
    .default(1)
    .describe('Share of the cluster when several tenants have work: 2 gets twice as much as 1.'),
  max_queued: limitUpTo(1_000_000).describe(
    'Waiting jobs beyond which a submit is refused with 429; null leaves it to MAX_QUEUED_JOBS.',
  ),
  max_active: limitUpTo(1_000_000).describe('Jobs that may be at nodes at one time; null sets no limit.'),
  max_jobs_per_day: limitUpTo(1_000_000_000).describe(
    'Jobs that it may submit in a day (UTC), beyond which a submit is refused with 429; null sets no limit.',
  ),
  max_gpu_seconds_per_day: z
    .number()
    .min(0)
    .max(1_000_000_000)
    .nullable()
    .default(null)
    .describe(
      'GPU seconds of the jobs that it submits in a day (UTC): what those that ended took, and what the others are expected to take. Beyond it a submit is refused with 429; null sets no limit.',
    ),
  max_stored_bytes: limitUpTo(bytesMax).describe(
    'Bytes of the files that it may keep, uploads and results, each content once. An upload that does not fit is refused with 413, a job whose results do not fit fails, and who has no room left is refused a submit with 429; null sets no limit.',
  ),
  max_uploaded_bytes_per_day: limitUpTo(bytesMax).describe(
    'Bytes of the files that it may send in a day (UTC), beyond which an upload is refused with 429; null sets no limit.',
  ),
  max_streams: limitUpTo(1_000_000).describe(
    'WebSockets and event streams that it may have open at one time, at all replicas together, beyond which one more is refused with 429; null sets no limit.',
  ),
  max_user_data_bytes: limitUpTo(bytesMax).describe(
    'Bytes of the settings and files that the web UI may keep for it, beyond which more is refused with 413; null sets no limit.',
  ),
});

export const tenantSchema = tenantSettingsSchema.extend({
  id: z.string(),
  stored_bytes: z.number().describe('Bytes of the files that it keeps now, each content once.'),
  uploaded_bytes_today: z.number().describe('Bytes of the files that it sent since midnight, UTC.'),
  open_streams: z
    .int()
    .describe(
      'WebSockets and event streams that are open now; up to five seconds old where they have no limit.',
    ),
  user_data_bytes: z.number().describe('Bytes of the settings and files that the web UI keeps for it.'),
});
export const tenantListSchema = z.object({ tenants: z.array(tenantSchema) });
