import { z } from 'zod';
import { type Delivery, deliveryStates, jobEvents } from '../../../modules/deliveries/index.js';
import { parseUrl } from '../../../platform/outside-text/index.js';

export const deliverySchema = z.object({
  id: z.uuid().describe('The `webhook-id` of every try.'),
  kind: z.enum(['webhook', 'batch', 'file']).describe('A `file` is a result that is brought to its place.'),
  event: z.enum(jobEvents),
  progress: z.number().nullable().describe('Percent that the event `progress` told.'),
  output: z.number().nullable().describe('Place among the outputs of the job that the event `output` told.'),
  to: z
    .string()
    .describe('The origin of its address, of which the rest may be a secret; or the place in a bucket.'),
  state: z.enum(deliveryStates),
  tries: z.number(),
  status: z.number().nullable().describe('Of the last answer; null when there was none.'),
  reason: z.string().nullable().describe('Why the last try failed.'),
  created_at: z.iso.datetime(),
  tried_at: z.iso.datetime().nullable(),
  delivered_at: z.iso.datetime().nullable(),
});
export const deliveriesSchema = z.object({ deliveries: z.array(deliverySchema) });

export function deliveryBody(delivery: Delivery): z.infer<typeof deliverySchema> {
  const { id, kind, event, ordinal, state, tries, status, reason } = delivery;
  return {
    id,
    kind,
    event,
    progress: event === 'progress' ? ordinal * 10 : null,
    output: event === 'output' ? ordinal : null,
    to: placeOf(delivery),
    state,
    tries,
    status,
    reason,
    created_at: delivery.createdAt.toISOString(),
    tried_at: delivery.triedAt?.toISOString() ?? null,
    delivered_at: delivery.deliveredAt?.toISOString() ?? null,
  };
}

function placeOf({ kind, wish, ordinal }: Delivery): string {
  return kind === 'file' ? (wish.to ?? originOf(wish.https_put?.[ordinal] ?? '')) : originOf(wish.url);
}

const originOf = (url: string): string => parseUrl(url)?.origin ?? '';
