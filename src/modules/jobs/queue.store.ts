/**
 * The queue as the leader reads it: heads of each class in key order, what is due, what is overdue. Reads take no lock;
 * the two moves skip rows that somebody else holds.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import type { Requirements } from '../workflows/index.js';
import { correctedBy, refund } from './tenant-charge.js';

export interface QueueHead {
  id: string;
  classId: number;
  effKey: number;
  estimateMs: number | null;
  tenantId: string;
  workflow: string | null;
  avoidNodeIds: string[];
  createdAt: Date;
  ageMs: number;
}

export interface QueueClass {
  id: number;
  requirements: Requirements;
  models: string[];
  loras: string[];
  minVramBytes: number;
  profileId: string;
}

export interface QueueMeasure {
  workflows: { workflow: string | null; waiting: number; oldestAgeSeconds: number }[];
  classes: { classId: string | null; waiting: number; oldestAgeSeconds: number }[];
}

@Injectable()
export class QueueStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** The first `window` jobs of every class that has any waiting, by the index job_ready; never a sort of the whole queue. */
  async heads(window: number): Promise<QueueHead[]> {
    const { rows } = await this.pool.query<QueueHead>(
      `SELECT h.id, h.class_id AS "classId", h.eff_key AS "effKey", h.est_ms AS "estimateMs", h.tenant_id AS "tenantId", h.workflow,
         h.avoid_node_ids AS "avoidNodeIds", h.created_at AS "createdAt",
         (extract(epoch FROM now() - h.created_at) * 1000)::float8 AS "ageMs"
       FROM sched_class c CROSS JOIN LATERAL (
         SELECT * FROM job j WHERE j.class_id = c.id AND j.state = 'queued' ORDER BY j.eff_key, j.id LIMIT $1) h`,
      [window],
    );
    return rows;
  }

  async classes(ids: number[]): Promise<QueueClass[]> {
    const { rows } = await this.pool.query<QueueClass & { minVramBytes: string }>(
      `SELECT id, requirements, models, loras, min_vram_bytes AS "minVramBytes", profile_id AS "profileId"
       FROM sched_class WHERE id = ANY ($1::int[])`,
      [ids],
    );
    return rows.map((row) => ({ ...row, minVramBytes: Number(row.minVramBytes) }));
  }

  /** delayed → queued for what is due, 500 at most. Returns how many. */
  async promoteDue(): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE job SET state = 'queued', not_before = NULL WHERE id IN (
         SELECT id FROM job WHERE state = 'delayed' AND not_before <= now() ORDER BY not_before LIMIT 500 FOR UPDATE SKIP LOCKED)`,
    );
    return rowCount ?? 0;
  }

  /** Ends waiting jobs past their deadline and asks the owners of active ones to stop them. Returns both. */
  async expireOverdue(): Promise<{ expired: string[]; owners: string[] }> {
    const { rows } = await this.pool.query<{ id: string; state: string; owner: string | null }>(
      `WITH moved AS (
         UPDATE job j SET cancel_requested = TRUE,
           state = CASE WHEN j.state = 'active' THEN j.state ELSE 'expired'::job_state END,
           finished_at = CASE WHEN j.state = 'active' THEN NULL ELSE now() END,
           error = CASE WHEN j.state = 'active' THEN j.error ELSE '{"code":"deadline","message":"the deadline passed before the job could run"}' END
         WHERE j.id IN (SELECT id FROM job WHERE deadline <= now() AND state IN ('queued', 'delayed', 'active') AND NOT cancel_requested
           LIMIT 500 FOR UPDATE SKIP LOCKED)
         RETURNING j.id, j.state, (SELECT a.owner FROM attempt a WHERE a.job_id = j.id AND a.closed_at IS NULL) AS owner, ${refund}),
       ${correctedBy('moved')},
       forgotten AS (UPDATE job_prompt p SET secrets = NULL FROM moved
         WHERE p.job_id = moved.id AND p.secrets IS NOT NULL AND moved.state = 'expired')
       SELECT id, state, owner FROM moved`,
    );
    return {
      expired: rows.filter((row) => row.state === 'expired').map((row) => row.id),
      owners: [...new Set(rows.flatMap((row) => (row.owner === null ? [] : [row.owner])))],
    };
  }

  /** Waiting jobs by workflow, and by class: the longest `classesMax`, and the rest as null. For metrics; one scan of what waits. */
  async measure(classesMax: number): Promise<QueueMeasure> {
    const { rows } = await this.pool.query<{
      kind: 'class' | 'workflow';
      key: string | null;
      waiting: number;
      oldestAgeSeconds: number;
    }>(
      `WITH waiting AS MATERIALIZED (
         SELECT workflow, class_id, count(*) AS jobs, min(created_at) AS oldest FROM job
         WHERE state IN ('queued', 'delayed') GROUP BY workflow, class_id),
       ranked AS (
         SELECT class_id, sum(jobs) AS jobs, min(oldest) AS oldest, row_number() OVER (ORDER BY sum(jobs) DESC, class_id) AS rank
         FROM waiting GROUP BY class_id),
       told AS (
         SELECT 'workflow' AS kind, workflow AS key, sum(jobs) AS jobs, min(oldest) AS oldest FROM waiting GROUP BY workflow
         UNION ALL
         SELECT 'class', CASE WHEN rank <= $1 THEN class_id::text END, sum(jobs), min(oldest) FROM ranked GROUP BY 2)
       SELECT kind, key, jobs::float8 AS waiting, extract(epoch FROM now() - oldest)::float8 AS "oldestAgeSeconds" FROM told`,
      [classesMax],
    );
    const of = (kind: string) => rows.filter((row) => row.kind === kind);
    return {
      workflows: of('workflow').map(({ key, ...row }) => ({ workflow: key, ...row })),
      classes: of('class').map(({ key, ...row }) => ({ classId: key, ...row })),
    };
  }
}
