/** What a receiver that asked for events is told beside the job: which of them this is. Who asked for none reads the job alone. */
import type { WebhookDelivery } from '../../modules/deliveries/index.js';

interface ToldJob {
  outputs: readonly unknown[];
}

export function withEvent<Job extends ToldJob>(
  job: Job,
  delivery: WebhookDelivery,
): Job | (Job & { event: object }) {
  if (delivery.wish.events === undefined) return job;
  const { event: type, createdAt, ordinal } = delivery;
  return {
    ...job,
    event: {
      type,
      at: createdAt.toISOString(),
      ...(type === 'progress' && { progress: ordinal * 10 }),
      ...(type === 'output' && { output: job.outputs[ordinal] ?? null }),
    },
  };
}
