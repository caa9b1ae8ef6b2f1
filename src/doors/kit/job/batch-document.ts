/** The one document that tells of a batch: what `/v1/batches/{id}` answers and its webhook sends. */
import { z } from 'zod';
import { type Batch, type BatchCounts, isTerminal, jobStates } from '../../../modules/jobs/index.js';

export const batchSchema = z.object({
  id: z.uuid(),
  tenant: z.string(),
  created_at: z.iso.datetime(),
  ended: z.boolean().describe('All jobs have, one way or another.'),
  progress: z.number().int().describe('Of a hundred jobs, how many have ended.'),
  counts: z
    .partialRecord(z.enum(jobStates), z.number().int())
    .describe('Jobs by state. Jobs that the record has forgotten are in none.'),
  jobs: z.array(z.uuid()).describe('In the order of the submit.'),
  url: z.string(),
  results_url: z.string(),
});
export type BatchBody = z.infer<typeof batchSchema>;

/** In a list: without the ids of its jobs. */
export const listedBatchSchema = batchSchema.omit({ jobs: true }).extend({ job_count: z.number().int() });

const ended = jobStates.filter(isTerminal);

/** `baseUrl` is that of the links. */
export function batchBodyOf(
  { id, tenantId, jobIds, createdAt }: Batch,
  counts: BatchCounts,
  baseUrl: string,
): BatchBody {
  const known = Object.values(counts).reduce((sum, count) => sum + count, 0);
  // What the record has forgotten has ended.
  const done = ended.reduce((sum, state) => sum + (counts[state] ?? 0), jobIds.length - known);
  const url = `${baseUrl}/v1/batches/${id}`;
  return {
    id,
    tenant: tenantId,
    created_at: createdAt.toISOString(),
    ended: done === jobIds.length,
    // One without jobs is of another hand.
    progress: jobIds.length === 0 ? 100 : Math.floor((100 * done) / jobIds.length),
    counts,
    jobs: jobIds,
    url,
    results_url: `${url}/results.zip`,
  };
}

export function listedBatchOf(
  ...[batch, counts, baseUrl]: Parameters<typeof batchBodyOf>
): z.infer<typeof listedBatchSchema> {
  const { jobs, ...body } = batchBodyOf(batch, counts, baseUrl);
  return { ...body, job_count: jobs.length };
}
