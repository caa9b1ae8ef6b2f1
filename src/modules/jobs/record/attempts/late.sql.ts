/**
 * Ends a job with the success of an attempt that was given up, and withdraws the attempt that was made instead, in one
 * statement. Locks the newer attempt, then the job, then the late attempt: the order in which settling locks. The job is moved only
 * if it is as this statement believes under that lock: active because of the attempt that is closed here, or waiting without one.
 * The late attempt keeps the error with which it was given up: it says why another one was made.
 */
import { nextVersion, rowsOf, statement } from '../../../../platform/database/index.js';
import { lateOutcomes } from '../../domain/states.js';
import { correctionColumns, correctionOf } from '../queue/tenant-charges.js';
import { seenGpuMs } from './gpu-time.sql.js';

/** `reason` is what the newer attempt's record says. */
export const lateRows = rowsOf({
  prompt_id: 'uuid',
  job_id: 'uuid',
  ver: 'int',
  reason: 'jsonb',
  outputs: 'jsonb',
  run_outputs: 'text',
  run_messages: 'text',
  run_meta: 'text',
  run_started_at_ms: 'float8',
  run_ended_at_ms: 'float8',
  gpu_ms: 'int',
});

export const lateOutcomeList = lateOutcomes.map((outcome) => `'${outcome}'`).join(', ');

export const late = statement(
  'late',
  `WITH wanted AS MATERIALIZED (SELECT * FROM ${lateRows.table}),
  known AS MATERIALIZED (
    SELECT w.*, l.gpu_ms AS counted_ms FROM wanted w JOIN attempt l ON l.prompt_id = w.prompt_id AND l.ver = w.ver AND l.outcome IN (${lateOutcomeList})),
  newer AS (
    UPDATE attempt a SET state = 'closed', closed_at = now(), ver = ${nextVersion('a.ver')}, error = w.reason, gpu_ms = COALESCE(a.run_ms, ${seenGpuMs}),
      outcome = CASE WHEN a.state IN ('running', 'collecting') THEN 'cancelled' ELSE 'withdrawn' END::attempt_outcome
    FROM known w WHERE a.job_id = w.job_id AND a.closed_at IS NULL
    RETURNING a.job_id, a.node_id, a.owner, a.outcome, a.gpu_ms AS took_ms),
  way AS (
    SELECT job_id, '{active}'::job_state[] AS states, took_ms FROM newer
    UNION ALL SELECT job_id, '{queued,delayed}', 0 FROM known WHERE NOT EXISTS (SELECT FROM newer)),
  moved AS (
    UPDATE job j SET state = 'succeeded', finished_at = now(), not_before = NULL, error = NULL
    FROM way JOIN known w ON w.job_id = way.job_id WHERE j.id = way.job_id AND j.state = ANY (way.states)
    RETURNING j.id, ${correctionOf('0', 'way.took_ms::float8 + COALESCE(w.gpu_ms::float8 - w.counted_ms, 0) - COALESCE(j.est_ms, 0)')}),
  adopted AS (
    UPDATE attempt a SET outcome = 'ok', ver = ${nextVersion('a.ver')}, gpu_ms = COALESCE(w.gpu_ms, a.gpu_ms) FROM moved JOIN known w ON w.job_id = moved.id WHERE a.prompt_id = w.prompt_id),
  kept AS (
    INSERT INTO job_output (job_id, ordinal, prompt_id, node_id, key, filename, subfolder, type, container, is_video, mime, sha256, size_bytes, raw, reused)
    SELECT moved.id, o.ordinality - 1, w.prompt_id, e->>'nodeId', e->>'key', e->>'filename', e->>'subfolder', e->>'type', e->>'container',
      (e->>'isVideo')::boolean, e->>'mime', e->>'sha256', (e->>'sizeBytes')::bigint, e->'raw', COALESCE((e->>'isReused')::boolean, false)
    FROM moved JOIN known w ON w.job_id = moved.id, jsonb_array_elements(w.outputs) WITH ORDINALITY AS o (e, ordinality)),
  told AS (
    INSERT INTO job_run (job_id, outputs, messages, meta, started_at_ms, ended_at_ms)
    SELECT moved.id, w.run_outputs, w.run_messages, w.run_meta, w.run_started_at_ms, w.run_ended_at_ms
    FROM moved JOIN known w ON w.job_id = moved.id JOIN job_prompt p ON p.job_id = moved.id WHERE w.run_outputs IS NOT NULL
    ON CONFLICT (job_id) DO NOTHING),
  forgotten AS (UPDATE job_prompt p SET secrets = NULL FROM moved WHERE p.job_id = moved.id AND p.secrets IS NOT NULL)
  SELECT newer.node_id AS "nodeId", newer.owner, newer.outcome, ${correctionColumns} FROM moved LEFT JOIN newer ON TRUE`,
);
