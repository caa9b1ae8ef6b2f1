/** Result files of jobs, in both halves of the record. */
import type { Pool } from 'pg';
import { knownByJob } from '../record-halves.js';
import type { JobOutput } from './jobs.view.js';

/** Of `job_output o`. */
export const outputColumns = `o.job_id AS "jobId", o.node_id AS "nodeId", o.key, o.ordinal AS index, o.filename, o.subfolder, o.type,
  o.container AS format, o.mime, o.sha256, o.size_bytes AS "sizeBytes", o.is_video AS "isVideo", o.raw, o.reused AS "isReused", o.created_at AS "createdAt"`;
export type OutputRow = Omit<JobOutput, 'sizeBytes'> & { sizeBytes: string };
/** More than any file has, and than a number tells exactly: who serves the file refuses it. */
const noSizeBytes = 2 ** 53;
export const outputOf = (row: OutputRow): JobOutput => ({
  ...row,
  sizeBytes: Math.min(Number(row.sizeBytes), noSizeBytes),
});

/** By job, in their order; nothing for a job without any. */
export async function outputsOfJobs(pool: Pool, ids: readonly string[]): Promise<Map<string, JobOutput[]>> {
  const known = await knownByJob(
    ids,
    async (half, wanted) =>
      (
        await pool.query<OutputRow>(
          `SELECT ${outputColumns} FROM ${half}job_output o WHERE o.job_id = ANY ($1::uuid[]) ORDER BY o.ordinal`,
          [wanted],
        )
      ).rows,
    ({ jobId }) => jobId,
  );
  return new Map([...known].map(([id, rows]) => [id, rows.map(outputOf)]));
}
