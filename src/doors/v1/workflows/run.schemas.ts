import { z } from 'zod';
import { order } from '../jobs/jobs.schemas.js';

const waitSecondsMax = 600;
const webhook = order.webhook.unwrap().shape;
const deliver = order.deliver.unwrap().shape;

export const runQuerySchema = z.object({
  wait: z.coerce
    .number()
    .min(0)
    .max(waitSecondsMax)
    .optional()
    .describe('Seconds to wait for the end. Without it the answer is 202 at once.'),
  tenant: order.tenant,
  priority: z.coerce.number().pipe(order.priority.unwrap()).default(0).describe('As in `POST /v1/jobs`.'),
  deadline: order.deadline,
  webhook: webhook.url.optional().describe('As `webhook.url` in `POST /v1/jobs`.'),
  deliver_to: deliver.to.describe('As `deliver.to` in `POST /v1/jobs`.'),
  deliver_format: deliver.convert
    .unwrap()
    .shape.format.optional()
    .describe('As `deliver.convert.format` there.'),
  webhook_events: z
    .string()
    .transform((text) => text.split(','))
    .pipe(webhook.events.unwrap())
    .optional()
    .describe('As `webhook.events` there, comma separated.'),
});

/** The query rules; `Prefer: wait=60` (RFC 7240) is the same in a header, and one that cannot be read is no wish. */
export function waitMsOf(query: number | undefined, prefer: string | string[] | undefined): number {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(String(prefer ?? '')) ?? [];
  return Math.min(query ?? Number(seconds ?? 0), waitSecondsMax) * 1_000;
}
