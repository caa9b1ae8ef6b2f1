/** How attempts are read: by their owner, by the leader, by the reaper. No lock is taken. */
import { msBetween, statement } from '../../../../platform/database/index.js';
import { shortTextsOf } from '../long-texts.js';
import { lateOutcomeList } from './late.sql.js';

const atNodeSince = `CASE a.state WHEN 'running' THEN a.running_at WHEN 'accepted' THEN a.accepted_at END`;

const openColumns = `a.prompt_id AS "promptId", a.job_id AS "jobId", a.node_id AS "nodeId",
  EXISTS (SELECT FROM node n WHERE n.id = a.node_id) AS "nodeRegistered", a.slot, a.owner, a.ver, a.state,
  a.withdraw_requested AS "withdrawRequested", a.expected_ms AS "expectedMs",
  a.decision->'nodeVersion' AS "nodeVersion", a.decision->'othersAway' AS "othersAway",
  a.send_deadline AS "sendDeadline", a.created_at AS "createdAt", a.accepted_at AS "acceptedAt", a.running_at AS "runningAt",
  a.collecting_at AS "collectingAt", a.progress,
  ${msBetween(atNodeSince, 'now()')} AS "atNodeForMs", ${msBetween('a.created_at', 'now()')} AS "ageMs",
  j.cancel_requested AS "cancelRequested", j.attempts_job AS "attemptsJob", j.attempts_infra AS "attemptsInfra",
  j.run_limit_ms AS "runLimitMs", j.created_at AS "queuedAt", j.traceparent, j.workflow, j.tenant_id AS "tenantId", j.class_id AS "classId",
  c.profile_id AS "profileId"
  FROM attempt a JOIN job j ON j.id = a.job_id JOIN sched_class c ON c.id = j.class_id`;

/** Of one owner ($1). */
export const openOf = statement(
  'attempts-of-owner',
  `SELECT ${openColumns} WHERE a.owner = $1 AND a.closed_at IS NULL ORDER BY a.created_at`,
);

/**
 * On some nodes ($1), given up less than $2 milliseconds ago, of jobs that go on, perhaps successful all the same; at most $3, the newest
 * first. By the index attempt_late. What a node that answered knew nothing of is not among them.
 */
export const lateAttempts = statement(
  'attempts-perhaps-late',
  `SELECT ${openColumns}
   WHERE a.node_id = ANY ($1::text[]) AND a.outcome IN (${lateOutcomeList}) AND a.closed_at > now() - $2 * interval '1 millisecond'
     AND (a.outcome IN ('not_arrived', 'timeout') OR a.error->'details'->>'exception' = 'unreachable')
     AND j.state IN ('queued', 'delayed', 'active') AND NOT j.cancel_requested
   ORDER BY a.closed_at DESC LIMIT $3`,
);

export const openSlots = statement(
  'open-slots',
  `SELECT prompt_id AS "promptId", job_id AS "jobId", node_id AS "nodeId", slot, collecting_at IS NOT NULL AS collecting,
     ${msBetween('running_at', 'now()')} AS "runningForMs"
   FROM attempt WHERE closed_at IS NULL ORDER BY created_at`,
);

export const endsOf = statement(
  'attempt-ends',
  `SELECT prompt_id AS "promptId", outcome, running_at IS NOT NULL AS began, run_ms AS "runMs", set_up_ms AS "setUpMs",
     ${msBetween('created_at', 'sending_at')} AS "uploadMs",
     COALESCE(error->'details'->>'exception' IN ('stale_placement', 'dependency_gone'), FALSE) AS "nodeChanged"
   FROM attempt WHERE prompt_id = ANY ($1::uuid[])`,
);

export const inputsOf = statement(
  'inputs-of-jobs',
  `SELECT i.job_id AS "jobId", t.definition AS "templateDefinition", ${shortTextsOf(['graph', 'params', 'extra_data'])}, i.assets, p.secrets
   FROM job_input i LEFT JOIN template t ON t.hash = i.template_hash LEFT JOIN job_prompt p ON p.job_id = i.job_id
   WHERE i.job_id = ANY ($1::uuid[])`,
);

export const historyOf = statement(
  'attempts-of-job',
  `SELECT array_agg(DISTINCT node_id) FILTER (WHERE outcome = 'node_lost' AND running_at IS NOT NULL) AS lost,
     count(*) FILTER (WHERE outcome = 'node_lost' AND running_at IS NOT NULL) AS "runsLost",
     array_agg(DISTINCT node_id) FILTER (WHERE outcome = 'missing_dep'
       AND error->'details'->>'exception' IS DISTINCT FROM 'dependency_gone') AS missing,
     count(*) FILTER (WHERE outcome = 'timeout') AS timeouts
   FROM attempt WHERE job_id = $1`,
);

export const oursAmong = statement(
  'attempts-among',
  'SELECT prompt_id AS "promptId", closed_at IS NOT NULL AS closed FROM attempt WHERE prompt_id = ANY ($1::uuid[])',
);
