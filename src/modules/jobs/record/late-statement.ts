/**
 * Ends a job with the success of an attempt that was given up, and withdraws the attempt that was made instead, in one
 * statement. Locks the newer attempt, then the job, then the late attempt: the order in which settling locks. The job is moved only
 * if it is as this statement believes under that lock: active because of the attempt that is closed here, or waiting without one.
 *
 * $1 prompt id and $2 job of the late attempt, $3 its version, $4 what the newer attempt's record says, $5 outputs,
 * $6 to $10 the node's words about the run. The late attempt keeps the error with which it was given up: it says why another one was made.
 */
import { lateOutcomes } from '../domain/states.js';
import { recordedBy } from './record-parts.js';

const outcomes = lateOutcomes.map((outcome) => `'${outcome}'`).join(', ');
const late = `SELECT FROM attempt l WHERE l.prompt_id = $1 AND l.ver = $3 AND l.outcome IN (${outcomes})`;

export const lateSql = `
  WITH newer AS (
    UPDATE attempt SET state = 'closed', closed_at = now(), ver = ver + 1, error = $4::jsonb,
      outcome = CASE WHEN state IN ('running', 'collecting') THEN 'cancelled' ELSE 'withdrawn' END::attempt_outcome
    WHERE job_id = $2 AND closed_at IS NULL AND EXISTS (${late})
    RETURNING job_id, node_id, owner, outcome),
  way AS (
    SELECT job_id, '{active}'::job_state[] AS states FROM newer
    UNION ALL SELECT $2, '{queued,delayed}' WHERE NOT EXISTS (SELECT FROM newer) AND EXISTS (${late})),
  moved AS (
    UPDATE job j SET state = 'succeeded', finished_at = now(), not_before = NULL, error = NULL
    FROM way WHERE j.id = way.job_id AND j.state = ANY (way.states) RETURNING j.id, j.state),
  adopted AS (UPDATE attempt a SET outcome = 'ok', ver = a.ver + 1 FROM moved WHERE a.prompt_id = $1),
  ${recordedBy('moved', { outputs: '$5', run: ['$6', '$7', '$8', '$9', '$10'] })}
  SELECT newer.node_id AS "nodeId", newer.owner, newer.outcome FROM moved LEFT JOIN newer ON TRUE`;

/**
 * Attempts on some nodes ($1) that may have succeeded although they were given up less than $2 milliseconds ago, of jobs that go
 * on; at most $3, the newest first. By the index attempt_late. What a node that answered knew nothing of is not among them.
 */
export const mayBeLate = `a.node_id = ANY ($1::text[]) AND a.outcome IN (${outcomes}) AND a.closed_at > now() - $2 * interval '1 millisecond'
  AND (a.outcome IN ('not_arrived', 'timeout') OR a.error->'details'->>'exception' = 'unreachable')
  AND j.state IN ('queued', 'delayed', 'active') AND NOT j.cancel_requested
  ORDER BY a.closed_at DESC LIMIT $3`;
