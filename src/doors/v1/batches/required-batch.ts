import type { Batch, Batches } from '../../../modules/jobs/index.js';
import { Fault } from '../../../platform/fault.js';

/** Fault not_found, also for what the running request must not be told of in this way. */
export async function requiredBatch(batches: Batches, id: string, as: 'job' | 'content'): Promise<Batch> {
  const batch = await batches.find(id, as);
  if (batch) return batch;
  throw new Fault('not_found', `there is no batch ${id.slice(0, 100)}`);
}
