/** What the record tells of the last hours, in figures: ends and waits by the minute, causes of failures, the runs of a node. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { AttemptOutcome, AttemptState } from '../../domain/states.js';
import { msBetween } from '../../../../platform/database/index.js';

export interface MinuteFigures {
  at: Date;
  submitted: number;
  succeeded: number;
  failed: number;
  cancelled: number;
  expired: number;
  /** Seconds from submit to start of the jobs that ended then; null where none had started. */
  waitP50S: number | null;
  waitP95S: number | null;
}

export interface FailureCause {
  code: string;
  workflow: string | null;
  nodeId: string | null;
  jobs: number;
  lastJobId: string;
  lastMessage: string | null;
  lastAt: Date;
}

export interface NodeRun {
  jobId: string;
  promptId: string;
  workflow: string | null;
  state: AttemptState;
  outcome: AttemptOutcome | null;
  errorCode: string | null;
  createdAt: Date;
  runningAt: Date | null;
  collectingAt: Date | null;
  closedAt: Date | null;
  setUpMs: number | null;
  loadsModels: boolean | null;
}

export interface ModelUse {
  model: string;
  jobId: string;
  at: Date;
}

const failuresMax = 50;
/** A run that began longer before the span is not looked for. */
const longestRunHours = 12;
const attemptsForUse = 200;

@Injectable()
export class FiguresStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** Of all tenants or one, and of jobs that are not in the archive yet. Minutes in which nothing happened are left out. */
  async minutes(minutes: number, tenant: string | null): Promise<MinuteFigures[]> {
    const { rows } = await this.pool.query<MinuteFigures>(
      `WITH span AS (SELECT date_trunc('minute', now()) - make_interval(mins => $1) AS since),
       came AS (SELECT date_trunc('minute', created_at) AS at, count(*) AS submitted FROM job, span WHERE created_at >= since AND ($2::text IS NULL OR tenant_id = $2) GROUP BY 1),
       went AS (
         SELECT date_trunc('minute', finished_at) AS at, count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
           count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
           count(*) FILTER (WHERE state = 'expired') AS expired,
           percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY ${msBetween('created_at', 'started_at')} / 1000)
             FILTER (WHERE started_at IS NOT NULL) AS waits
         FROM job, span WHERE finished_at >= since AND ($2::text IS NULL OR tenant_id = $2) GROUP BY 1)
       SELECT at, COALESCE(submitted, 0)::float8 AS submitted, COALESCE(succeeded, 0)::float8 AS succeeded,
         COALESCE(failed, 0)::float8 AS failed, COALESCE(cancelled, 0)::float8 AS cancelled, COALESCE(expired, 0)::float8 AS expired,
         waits[1] AS "waitP50S", waits[2] AS "waitP95S"
       FROM came FULL JOIN went USING (at) ORDER BY at`,
      [minutes, tenant],
    );
    return rows;
  }

  /** Why jobs failed, the most frequent cause first. */
  async failures(minutes: number, tenant: string | null): Promise<FailureCause[]> {
    const { rows } = await this.pool.query<FailureCause>(
      `SELECT COALESCE(error ->> 'code', 'unknown') AS code, workflow, a.node_id AS "nodeId", count(*)::float8 AS jobs,
         (array_agg(j.id ORDER BY finished_at DESC))[1] AS "lastJobId",
         left((array_agg(error ->> 'message' ORDER BY finished_at DESC))[1], 1000) AS "lastMessage", max(finished_at) AS "lastAt"
       FROM job j LEFT JOIN LATERAL (SELECT node_id FROM attempt WHERE job_id = j.id ORDER BY no DESC LIMIT 1) a ON TRUE
       WHERE state = 'failed' AND finished_at >= now() - make_interval(mins => $1) AND ($3::text IS NULL OR tenant_id = $3)
       GROUP BY 1, 2, 3 ORDER BY count(*) DESC, max(finished_at) DESC LIMIT $2`,
      [minutes, failuresMax, tenant],
    );
    return rows;
  }

  /** The newest first; of the live half of the record. */
  async runsOf(nodeId: string, hours: number, limit: number): Promise<NodeRun[]> {
    const { rows } = await this.pool.query<NodeRun>(
      `SELECT a.job_id AS "jobId", a.prompt_id AS "promptId", j.workflow, a.state, a.outcome, a.error ->> 'code' AS "errorCode",
         a.created_at AS "createdAt", a.running_at AS "runningAt", a.collecting_at AS "collectingAt", a.closed_at AS "closedAt",
         a.set_up_ms AS "setUpMs", a.loads_models AS "loadsModels"
       FROM attempt a JOIN job j ON j.id = a.job_id
       WHERE a.node_id = $1 AND a.created_at >= now() - make_interval(hours => $2 + ${longestRunHours})
         AND COALESCE(a.closed_at, now()) >= now() - make_interval(hours => $2)
       ORDER BY a.created_at DESC LIMIT $3`,
      [nodeId, hours, limit],
    );
    return rows;
  }

  /** Which of its last runs used each model or LoRA last. */
  async modelUses(nodeId: string): Promise<ModelUse[]> {
    const { rows } = await this.pool.query<ModelUse>(
      `SELECT DISTINCT ON (model) model, r.job_id AS "jobId", r.at FROM (
         SELECT job_id, COALESCE(closed_at, running_at) AS at FROM attempt
         WHERE node_id = $1 AND running_at IS NOT NULL ORDER BY created_at DESC LIMIT ${attemptsForUse}) r
       JOIN job j ON j.id = r.job_id JOIN sched_class c ON c.id = j.class_id CROSS JOIN unnest(c.models || c.loras) AS model
       ORDER BY model, r.at DESC`,
      [nodeId],
    );
    return rows;
  }
}
