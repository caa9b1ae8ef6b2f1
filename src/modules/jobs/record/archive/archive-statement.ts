/**
 * Moves a batch of ended jobs, whole, into the archive. One statement: at any crash a job is in one half of the record and
 * never in both. Locks the jobs (one that somebody else holds is left for the next batch), then their prompts in the order in
 * which `hide` of the native door locks them; a prompt hidden meanwhile arrives hidden.
 *
 * What the jobs came to is added to the usage of their days: once, as they move once.
 *
 * $1 the day of their ends, $2 fewest milliseconds since then, $3 most jobs.
 */
import { countArchived } from '../usage/usage.sql.js';

export const recordTables = ['job', 'job_input', 'attempt', 'job_output', 'job_prompt', 'job_run'] as const;
export type RecordTable = (typeof recordTables)[number];

/** `columnsOf` names every column that both halves have: what a later version adds is moved by this one too. */
export function moveSql(columnsOf: Readonly<Record<RecordTable, readonly string[]>>): string {
  return `
  WITH ended AS (
    SELECT j.id FROM job j
    WHERE j.finished_at >= ($1::date)::timestamp AT TIME ZONE 'UTC' AND j.finished_at < ($1::date + 1)::timestamp AT TIME ZONE 'UTC'
      AND j.finished_at <= now() - $2 * interval '1 millisecond' AND j.state IN ('succeeded', 'failed', 'cancelled', 'expired')
      AND NOT EXISTS (SELECT FROM attempt a WHERE a.job_id = j.id AND a.closed_at IS NULL)
    ORDER BY j.finished_at LIMIT $3 FOR UPDATE SKIP LOCKED),
  prompted AS (
    SELECT p.job_id FROM job_prompt p JOIN ended ON p.job_id = ended.id ORDER BY p.job_id FOR UPDATE OF p),
  ${recordTables.map((table) => movedPart(table, columnsOf[table])).join(',\n  ')},
  counted AS (${countArchived({ job: 'gone_job', attempt: 'gone_attempt', output: 'gone_job_output' })})
  SELECT count(*)::int AS moved FROM gone_job`;
}

function movedPart(table: RecordTable, columns: readonly string[]): string {
  const names = columns.map((column) => `"${column}"`).join(', ');
  const values = columns.map((column) => (column === 'secrets' ? 'NULL::bytea' : `"${column}"`)).join(', ');
  // No older version says that it has counted.
  const [more, moreValues] = table === 'job' ? [', counted', ', true'] : ['', ''];
  return `gone_${table} AS (DELETE FROM ${table} t USING ${sourceOf[table]} RETURNING t.*),
  kept_${table} AS (INSERT INTO archive.${table} (${names}, day${more}) SELECT ${values}, $1::date${moreValues} FROM gone_${table})`;
}

const byJob = 'ended WHERE t.job_id = ended.id';
const sourceOf: Record<RecordTable, string> = {
  job: 'ended WHERE t.id = ended.id',
  job_input: byJob,
  attempt: byJob,
  job_output: byJob,
  job_prompt: 'prompted WHERE t.job_id = prompted.job_id',
  job_run: byJob,
};
