/**
 * Closes an attempt, moves its job and keeps its outputs in one statement. Locks the attempt, then the job, and decides on
 * the job as it is under that lock: a cancel that came after the caller last looked ends a job that would be tried again.
 *
 * $1 prompt id, $2 version decided on, $3 outcome, $4 error, $5 the job's next state, $6 pause (ms) before it, $7 and $8 what
 * to add to the job's and the infrastructure's failures, $9 nodes to avoid, $10 reason to quarantine its class, $11 outputs,
 * $12 to $16 the node's words about the run. The tenant is charged for what a warm run took, and not for a job that never ran.
 */
import { recordedBy } from './record-parts.js';
import { correctedBy } from './tenant-charge.js';

const goesOn = `($5::job_state IN ('queued', 'delayed') AND NOT j.cancel_requested)`;

/** What a model's loading took is nobody's charge, so that a cold run corrects nothing. */
const chargedLater = `CASE
      WHEN $5::job_state = 'succeeded' AND closed.run_ms IS NOT NULL AND closed.decision->'terms'->>'switchingS' = '0' THEN closed.run_ms - COALESCE(j.est_ms, 0)
      WHEN j.state NOT IN ('queued', 'delayed', 'succeeded') AND closed.running_at IS NULL THEN -COALESCE(j.est_ms, 0)
      ELSE 0 END`;

export const settleSql = `
  WITH closed AS (
    UPDATE attempt SET state = 'closed', outcome = $3::attempt_outcome, error = $4::jsonb, closed_at = now(), ver = ver + 1
    WHERE prompt_id = $1 AND ver = $2 AND closed_at IS NULL RETURNING job_id, node_id, run_ms, running_at, decision),
  moved AS (
    UPDATE job j SET
      state = CASE WHEN ${goesOn} OR $5::job_state IN ('succeeded', 'failed') THEN $5::job_state
        WHEN j.deadline <= now() THEN 'expired'::job_state ELSE 'cancelled'::job_state END,
      not_before = CASE WHEN ${goesOn} THEN now() + $6::float8 * interval '1 millisecond' END,
      attempts_job = attempts_job + $7::smallint, attempts_infra = attempts_infra + $8::smallint,
      avoid_node_ids = (SELECT COALESCE(array_agg(DISTINCT n), '{}') FROM unnest(j.avoid_node_ids || $9::text[]) n),
      error = CASE WHEN ${goesOn} OR $5::job_state = 'succeeded' THEN NULL WHEN $5::job_state = 'failed' THEN $4::jsonb
        WHEN j.deadline <= now() THEN '{"code":"deadline","message":"the deadline passed before the job had ended"}'::jsonb END,
      finished_at = CASE WHEN ${goesOn} THEN NULL ELSE now() END
    FROM closed WHERE j.id = closed.job_id AND j.state = 'active'
    RETURNING j.id, j.state, j.class_id, j.tenant_id, ${chargedLater} AS delta_ms),
  ${correctedBy('moved')},
  quarantined AS (
    UPDATE sched_class c SET quarantined_reason = $10::text FROM moved WHERE c.id = moved.class_id AND $10::text IS NOT NULL),
  ${recordedBy('moved', { outputs: '$11', run: ['$12', '$13', '$14', '$15', '$16'] })}
  SELECT state FROM moved`;
