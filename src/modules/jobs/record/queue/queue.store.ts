/**
 * The queue as the leader reads it: heads of each class in key order, what is due, what is overdue. Reads take no lock;
 * the two moves skip rows that somebody else holds.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { msBetween, statement } from '../../../../platform/database/index.js';
import type { Requirements } from '../../../workflows/index.js';
import { classOf, headOf } from './odd-rows.js';
import { QueueOrder } from './queue-order.js';
import {
  type Correction,
  correctionColumns,
  correctionOf,
  TenantCharges,
  unspentMs,
} from './tenant-charges.js';
import { waitingClasses } from './waiting-classes.sql.js';

export interface QueueHead {
  id: string;
  classId: number;
  effKey: number;
  creditS: number;
  workUnits: number;
  inputBytes: number;
  /** Content hashes of its input files. */
  inputs: string[];
  tenantId: string;
  workflow: string | null;
  avoidNodeIds: string[];
  ageMs: number;
  /** Until its deadline; null without one. */
  deadlineInMs: number | null;
}

export interface QueueClass {
  id: number;
  requirements: Requirements;
  models: string[];
  loras: string[];
  minVramBytes: number;
  labels: Record<string, string>;
  pool: string | null;
  workflow: string | null;
  profileId: string;
}

/** Jobs of one workflow and tenant that wait or are at work; `oldestAt` is the submit of the oldest. */
export interface QueueCount {
  state: 'queued' | 'delayed' | 'active';
  workflow: string | null;
  tenant: string;
  jobs: number;
  oldestAt: Date;
}

export interface QueueMeasure {
  workflows: { workflow: string | null; waiting: number; oldestAgeSeconds: number }[];
  classes: { classId: string | null; waiting: number; oldestAgeSeconds: number }[];
}

const scannedMax = 20_000;
const headColumns = `h.id, h.class_id AS "classId", h.eff_key AS "effKey", h.credit_s AS "creditS", h.work_units AS "workUnits",
  h.input_bytes::float8 AS "inputBytes",
  CASE WHEN h.input_bytes > 0 THEN ARRAY(
    SELECT DISTINCT a.asset ->> 'sha256' FROM job_input i CROSS JOIN
      jsonb_array_elements(CASE WHEN jsonb_typeof(i.assets) = 'array' THEN i.assets ELSE '[]' END) AS a (asset)
    WHERE i.job_id = h.id AND a.asset ->> 'sha256' IS NOT NULL)
  ELSE '{}' END AS inputs,
  h.tenant_id AS "tenantId", h.workflow, h.avoid_node_ids AS "avoidNodeIds",
  ${msBetween('h.created_at', 'now()')} AS "ageMs",
  ${msBetween('now()', 'h.deadline')} AS "deadlineInMs"`;

const windowPrints = statement(
  'window-prints',
  `WITH RECURSIVE ${waitingClasses}
   SELECT w.class_id AS "classId", h.fingerprint FROM waiting w CROSS JOIN LATERAL (
     SELECT md5(string_agg(id::text || eff_key::text, '' ORDER BY eff_key, id)) AS fingerprint FROM (
       SELECT j.eff_key, j.id FROM job j WHERE j.class_id = w.class_id AND j.state = 'queued' ORDER BY j.eff_key, j.id LIMIT $1) f) h
   WHERE w.class_id IS NOT NULL`,
);
const headsOfClasses = statement(
  'heads-of-classes',
  `SELECT ${headColumns} FROM unnest($1::int[]) AS c (class_id) CROSS JOIN LATERAL (
     SELECT * FROM job j WHERE j.class_id = c.class_id AND j.state = 'queued' ORDER BY j.eff_key, j.id LIMIT $2) h`,
);
const headsExcept = statement(
  'heads-except-tenants',
  `SELECT ${headColumns} FROM (
     SELECT * FROM job j WHERE j.class_id = $1 AND j.state = 'queued' ORDER BY j.eff_key, j.id LIMIT ${scannedMax}) h
   WHERE h.tenant_id <> ALL ($3::text[]) ORDER BY h.eff_key, h.id LIMIT $2`,
);
const headsPlaced = statement(
  'heads-placed',
  `SELECT ${headColumns} FROM job h WHERE h.id = ANY ($1::uuid[])`,
);
const waitingCounts = statement(
  'waiting-counts',
  `SELECT class_id AS "classId", count(*) AS waiting FROM job WHERE state = 'queued' GROUP BY class_id`,
);
const promoteDue = statement(
  'promote-due',
  `UPDATE job SET state = 'queued', not_before = NULL WHERE id IN (
     SELECT id FROM job WHERE state = 'delayed' AND not_before <= now() ORDER BY not_before LIMIT 500 FOR UPDATE SKIP LOCKED)`,
);

@Injectable()
export class QueueStore {
  private readonly charges: TenantCharges;
  private readonly order: QueueOrder;

  constructor(@Inject(Pool) private readonly pool: Pool) {
    this.charges = new TenantCharges(pool);
    this.order = new QueueOrder(pool);
  }

  /**
   * A fingerprint of the first `window` jobs of every class that has any waiting. Skips from class to class in the index job_ready
   * and reads nothing but that: neither what lies behind a window nor classes without jobs cost anything.
   */
  async windows(window: number): Promise<Map<number, string>> {
    const { rows } = await this.pool.query<{ classId: number; fingerprint: string }>({
      ...windowPrints,
      values: [window],
    });
    return new Map(rows.map(({ classId, fingerprint }) => [classId, fingerprint]));
  }

  /** The first `window` jobs of each of these classes. */
  async heads(classIds: readonly number[], window: number): Promise<QueueHead[]> {
    if (classIds.length === 0) return [];
    const { rows } = await this.pool.query<QueueHead>({ ...headsOfClasses, values: [classIds, window] });
    return rows.map(headOf);
  }

  /** The first jobs of one class without those of some tenants, as far as they lie among its first twenty thousand. */
  async headsOf(classId: number, window: number, exceptTenants: readonly string[]): Promise<QueueHead[]> {
    const values = [classId, window, exceptTenants];
    const { rows } = await this.pool.query<QueueHead>({ ...headsExcept, values });
    return rows.map(headOf);
  }

  /** Jobs that are active, as heads: what the scheduler must know of attempts that it did not place itself. */
  async placedHeads(jobIds: readonly string[]): Promise<QueueHead[]> {
    if (jobIds.length === 0) return [];
    const { rows } = await this.pool.query<QueueHead>({ ...headsPlaced, values: [jobIds] });
    return rows.map(headOf);
  }

  /** Waiting jobs per class; one scan of what waits. */
  async counts(): Promise<Map<number, number>> {
    const { rows } = await this.pool.query<{ classId: number; waiting: string }>(waitingCounts);
    return new Map(rows.map(({ classId, waiting }) => [classId, Number(waiting)]));
  }

  /** What waits, and what is at nodes; one scan of each. The ten thousand largest rows. */
  async counted(): Promise<QueueCount[]> {
    const { rows } = await this.pool.query<QueueCount>(
      `SELECT state::text AS state, workflow, tenant_id AS tenant, count(*)::float8 AS jobs, min(created_at) AS "oldestAt" FROM (
         SELECT state, workflow, tenant_id, created_at FROM job WHERE state IN ('queued', 'delayed')
         UNION ALL
         SELECT j.state, j.workflow, j.tenant_id, j.created_at FROM attempt a JOIN job j ON j.id = a.job_id
         WHERE a.closed_at IS NULL AND j.state = 'active') waiting
       GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 2, 3, 1 LIMIT 10000`,
    );
    return rows;
  }

  /** Queued jobs that sort before this key, ten thousand at most. */
  async countBefore(effKey: number): Promise<number> {
    return this.order.countBefore(effKey);
  }

  async classes(ids: readonly number[]): Promise<QueueClass[]> {
    const { rows } = await this.pool.query<QueueClass & { minVramBytes: string }>(
      `SELECT id, requirements, models, loras, min_vram_bytes AS "minVramBytes", labels, pool, workflow, profile_id AS "profileId"
       FROM sched_class WHERE id = ANY ($1::int[])`,
      [ids],
    );
    return rows.map(classOf);
  }

  /** delayed → queued for what is due, 500 at most. Returns how many. */
  async promoteDue(): Promise<number> {
    return (await this.pool.query(promoteDue)).rowCount ?? 0;
  }

  /** Ends waiting jobs past their deadline and asks the owners of active ones to stop them. Returns both. */
  async expireOverdue(): Promise<{ expired: string[]; owners: string[] }> {
    const { rows } = await this.pool.query<
      {
        id: string;
        state: string;
        owner: string | null;
      } & Correction
    >(
      `WITH moved AS (
         UPDATE job j SET cancel_requested = TRUE,
           state = CASE WHEN j.state = 'active' THEN j.state ELSE 'expired'::job_state END,
           finished_at = CASE WHEN j.state = 'active' THEN NULL ELSE now() END,
           error = CASE WHEN j.state = 'active' THEN j.error ELSE '{"code":"deadline","message":"the deadline passed before the job could run"}' END
         WHERE j.id IN (SELECT id FROM job WHERE deadline <= now() AND state IN ('queued', 'delayed', 'active') AND NOT cancel_requested
           LIMIT 500 FOR UPDATE SKIP LOCKED)
         RETURNING j.id, j.state, (SELECT a.owner FROM attempt a WHERE a.job_id = j.id AND a.closed_at IS NULL) AS owner,
           ${correctionOf(unspentMs, unspentMs)}),
       forgotten AS (UPDATE job_prompt p SET secrets = NULL FROM moved
         WHERE p.job_id = moved.id AND p.secrets IS NOT NULL AND moved.state = 'expired')
       SELECT id, state, owner, ${correctionColumns} FROM moved`,
    );
    await Promise.all(rows.map(async (row) => this.charges.correct(row).catch(() => undefined)));
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
       SELECT kind, key, jobs::float8 AS waiting, ${msBetween('oldest', 'now()')} / 1000 AS "oldestAgeSeconds" FROM told`,
      [classesMax],
    );
    const of = (kind: string) => rows.filter((row) => row.kind === kind);
    return {
      workflows: of('workflow').map(({ key, ...row }) => ({ workflow: key, ...row })),
      classes: of('class').map(({ key, ...row }) => ({ classId: key, ...row })),
    };
  }
}
