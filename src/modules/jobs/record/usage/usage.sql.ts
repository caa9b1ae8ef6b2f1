/**
 * What jobs came to, in rows that are only to be added up: one for each job that has ended, each attempt that was closed and each result.
 * A job and its results count on the day of its end, an attempt on the day of its own; days are UTC's.
 */
import { bigintOf, msBetween } from '../../../../platform/database/index.js';

export interface UsageSource {
  job: string;
  attempt: string;
  output: string;
}

/** Of an attempt that an older version closed, what was seen of it. */
const gpuMs = `COALESCE(a.gpu_ms, a.run_ms, GREATEST(0, ${msBetween('a.running_at', 'COALESCE(a.collecting_at, a.closed_at)')}), 0)::float8`;
const dayOf = (at: string): string => `(${at} AT TIME ZONE 'UTC')::date`;
const whose = `j.tenant_id, COALESCE(j.workflow, '') AS workflow`;

export const usageRows = ({ job, attempt, output }: UsageSource): string => `
    SELECT ${dayOf('j.finished_at')} AS day, ${whose}, 1 AS jobs, 0 AS runs, 0::float8 AS gpu_ms, j.input_bytes::float8 AS input_bytes, 0::float8 AS output_bytes
    FROM ${job} j WHERE j.finished_at IS NOT NULL
    UNION ALL
    SELECT ${dayOf('a.closed_at')}, ${whose}, 0, CASE WHEN a.running_at IS NULL AND a.run_ms IS NULL THEN 0 ELSE 1 END, ${gpuMs}, 0, 0
    FROM ${attempt} a JOIN ${job} j ON j.id = a.job_id WHERE a.closed_at IS NOT NULL
    UNION ALL
    SELECT ${dayOf('j.finished_at')}, ${whose}, 0, 0, 0, 0, o.size_bytes::float8
    FROM ${output} o JOIN ${job} j ON j.id = o.job_id WHERE NOT o.reused AND j.finished_at IS NOT NULL`;

const counted = (column: string): string => bigintOf(`u.${column}::numeric + excluded.${column}`);

/** A part of the statement that archives: adds what it moves to the days, in one order. */
export const countArchived = (source: UsageSource): string => `
  INSERT INTO usage_day AS u (day, tenant_id, workflow, jobs, runs, gpu_ms, input_bytes, output_bytes)
  SELECT day, tenant_id, workflow, sum(jobs), sum(runs), sum(gpu_ms), sum(input_bytes), sum(output_bytes)
  FROM (${usageRows(source)}) spent GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT (day, tenant_id, workflow) DO UPDATE SET jobs = ${counted('jobs')}, runs = ${counted('runs')},
    gpu_ms = u.gpu_ms + excluded.gpu_ms, input_bytes = u.input_bytes + excluded.input_bytes, output_bytes = u.output_bytes + excluded.output_bytes`;
