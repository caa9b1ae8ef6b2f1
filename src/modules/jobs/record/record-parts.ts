/**
 * Parts of the statements that end a job: its outputs, the node's words about the run, and what must not be kept any longer.
 * `ended` names a part with the job's id and new state; $1 is the attempt that the outputs are of.
 */
export const recordedBy = (
  ended: string,
  { outputs, run }: { outputs: string; run: [string, string, string, string, string] },
): string => `
  kept AS (
    INSERT INTO job_output (job_id, ordinal, prompt_id, node_id, key, filename, subfolder, type, container, is_video, mime, sha256, size_bytes, raw)
    SELECT ${ended}.id, o.ordinality - 1, $1, e->>'nodeId', e->>'key', e->>'filename', e->>'subfolder', e->>'type', e->>'container',
      (e->>'isVideo')::boolean, e->>'mime', e->>'sha256', (e->>'sizeBytes')::bigint, e->'raw'
    FROM ${ended}, jsonb_array_elements(${outputs}::jsonb) WITH ORDINALITY AS o (e, ordinality) WHERE ${ended}.state NOT IN ('queued', 'delayed')),
  told AS (
    INSERT INTO job_run (job_id, outputs, messages, meta, started_at_ms, ended_at_ms)
    SELECT ${ended}.id, ${run[0]}::text, ${run[1]}::text, ${run[2]}::text, ${run[3]}::float8, ${run[4]}::float8
    FROM ${ended} JOIN job_prompt p ON p.job_id = ${ended}.id
    WHERE ${run[0]}::text IS NOT NULL AND ${ended}.state NOT IN ('queued', 'delayed')
    ON CONFLICT (job_id) DO NOTHING),
  forgotten AS (
    UPDATE job_prompt p SET secrets = NULL FROM ${ended}
    WHERE p.job_id = ${ended}.id AND p.secrets IS NOT NULL AND ${ended}.state NOT IN ('queued', 'delayed'))`;
