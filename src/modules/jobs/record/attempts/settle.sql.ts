/**
 * Closes attempts, moves their jobs and keeps their outputs: a batch in one statement. Locks the attempts, then the jobs, and decides on
 * each job as it is under that lock: a cancel that came after the caller last looked ends a job that would be tried again. An attempt
 * that has moved since its version was read is left out, and one of another owner: a crash of the database may bring a version back.
 *
 * `deltaMs` is what the tenant is to be charged beside the estimate: for what a warm run took, and back for a job that never ran. What a
 * model's loading took is nobody's charge, so that a cold run corrects nothing. Of the nodes to avoid the latest stands last.
 */
import { nextVersion, rowsOf, statement } from '../../../../platform/database/index.js';
import { correctionColumns, correctionOf } from '../queue/tenant-charges.js';
import { seenGpuMs } from './gpu-time.sql.js';

export const settleRows = rowsOf({
  prompt_id: 'uuid',
  ver: 'int',
  owner: 'uuid',
  outcome: 'attempt_outcome',
  error: 'jsonb',
  next_state: 'job_state',
  pause_ms: 'float8',
  add_job: 'smallint',
  add_infra: 'smallint',
  avoid: 'text[]',
  quarantine: 'text',
  outputs: 'jsonb',
  run_outputs: 'text',
  run_messages: 'text',
  run_meta: 'text',
  run_started_at_ms: 'float8',
  run_ended_at_ms: 'float8',
  gpu_ms: 'int',
});

const goesOn = `(w.next_state IN ('queued', 'delayed') AND NOT j.cancel_requested)`;

const owedMs = `CASE
      WHEN w.next_state = 'succeeded' AND closed.run_ms IS NOT NULL AND NOT closed.loads_models THEN closed.run_ms - COALESCE(j.est_ms, 0)::float8
      WHEN j.state NOT IN ('queued', 'delayed', 'succeeded') AND closed.running_at IS NULL THEN -COALESCE(j.est_ms, 0)::float8
      ELSE 0 END`;
/** Of the GPU, whatever became of it; the estimate of a job that goes on stays. */
const spentMs = `closed.gpu_ms - CASE WHEN j.state IN ('queued', 'delayed') THEN 0 ELSE COALESCE(j.est_ms, 0)::float8 END`;

export const settle = statement(
  'settle',
  `WITH wanted AS MATERIALIZED (SELECT * FROM ${settleRows.table}),
  closed AS (
    UPDATE attempt a SET state = 'closed', outcome = w.outcome, error = w.error, closed_at = now(), ver = ${nextVersion('a.ver')}, gpu_ms = COALESCE(a.run_ms, w.gpu_ms, ${seenGpuMs})
    FROM wanted w WHERE a.prompt_id = w.prompt_id AND a.ver = w.ver AND a.owner = w.owner AND a.closed_at IS NULL
    RETURNING w.ord, a.job_id, a.run_ms, a.running_at, a.loads_models, a.gpu_ms),
  moved AS (
    UPDATE job j SET
      state = CASE WHEN ${goesOn} OR w.next_state IN ('succeeded', 'failed') THEN w.next_state
        WHEN j.deadline <= now() THEN 'expired'::job_state ELSE 'cancelled'::job_state END,
      not_before = CASE WHEN ${goesOn} THEN now() + w.pause_ms * interval '1 millisecond' END,
      attempts_job = LEAST(32767, j.attempts_job::int + w.add_job), attempts_infra = LEAST(32767, j.attempts_infra::int + w.add_infra),
      avoid_node_ids = CASE WHEN w.avoid = '{}' THEN j.avoid_node_ids
        ELSE ARRAY(SELECT n FROM unnest(j.avoid_node_ids) WITH ORDINALITY AS known (n, no) WHERE n <> ALL (w.avoid) ORDER BY no) || w.avoid END,
      error = CASE WHEN ${goesOn} OR w.next_state = 'succeeded' THEN NULL WHEN w.next_state = 'failed' THEN w.error
        WHEN j.deadline <= now() THEN '{"code":"deadline","message":"the deadline passed before the job had ended"}'::jsonb END,
      finished_at = CASE WHEN ${goesOn} THEN NULL ELSE now() END
    FROM closed JOIN wanted w ON w.ord = closed.ord WHERE j.id = closed.job_id AND j.state = 'active'
    RETURNING w.ord, j.id, j.state, j.class_id, ${correctionOf(owedMs, spentMs)}),
  quarantined AS (
    UPDATE sched_class c SET quarantined_reason = w.quarantine FROM moved JOIN wanted w ON w.ord = moved.ord
    WHERE c.id = moved.class_id AND w.quarantine IS NOT NULL),
  kept AS (
    INSERT INTO job_output (job_id, ordinal, prompt_id, node_id, key, filename, subfolder, type, container, is_video, mime, sha256, size_bytes, raw, reused)
    SELECT moved.id, o.ordinality - 1, w.prompt_id, e->>'nodeId', e->>'key', e->>'filename', e->>'subfolder', e->>'type', e->>'container',
      (e->>'isVideo')::boolean, e->>'mime', e->>'sha256', (e->>'sizeBytes')::bigint, e->'raw', COALESCE((e->>'isReused')::boolean, false)
    FROM moved JOIN wanted w ON w.ord = moved.ord, jsonb_array_elements(w.outputs) WITH ORDINALITY AS o (e, ordinality)
    WHERE moved.state NOT IN ('queued', 'delayed')),
  told AS (
    INSERT INTO job_run (job_id, outputs, messages, meta, started_at_ms, ended_at_ms)
    SELECT moved.id, w.run_outputs, w.run_messages, w.run_meta, w.run_started_at_ms, w.run_ended_at_ms
    FROM moved JOIN wanted w ON w.ord = moved.ord JOIN job_prompt p ON p.job_id = moved.id
    WHERE w.run_outputs IS NOT NULL AND moved.state NOT IN ('queued', 'delayed')
    ON CONFLICT (job_id) DO NOTHING),
  forgotten AS (
    UPDATE job_prompt p SET secrets = NULL FROM moved
    WHERE p.job_id = moved.id AND p.secrets IS NOT NULL AND moved.state NOT IN ('queued', 'delayed'))
  SELECT ord, state, ${correctionColumns} FROM moved`,
);
