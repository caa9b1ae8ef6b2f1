/** Batches in the record: their jobs, and how those stand. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { inPages, placeOfTime } from '../../../platform/database/index.js';
import { currentReach, type Kind } from '../../access/index.js';
import type { JobState } from '../domain/states.js';
import type { IdempotencyKey, NewWebhook } from '../record/submit/new-job.js';

export interface Batch {
  id: string;
  tenantId: string;
  /** What its jobs run, each name once; null stands for graphs. */
  workflows: (string | null)[];
  /** In the order of the submit. */
  jobIds: string[];
  createdAt: Date;
}

export interface NewBatch extends Omit<Batch, 'createdAt'> {
  principalId: string | null;
  idempotency: IdempotencyKey | null;
  /** Told when all jobs have ended. */
  webhook: NewWebhook | null;
}

/** How many of a batch's jobs are in each state; those that were forgotten are in none. */
export type BatchCounts = Partial<Record<JobState, number>>;

export interface BatchFilter {
  limit: number;
  tenant?: string | undefined;
  /** Batches that come after this one in the order. */
  before?: { createdAt: Date; id: string } | undefined;
}

const keyLasts = `interval '24 hours'`;
/** As `ownedBy` says of one job: of all that a batch runs. */
const inReach = (first: number): string =>
  `($${first}::text IS NULL OR tenant_id = $${first}) AND ($${first + 1}::text[] IS NULL OR workflows <@ $${first + 1})`;
const columns = `id, tenant_id AS "tenantId", workflows, array_remove(job_ids, NULL) AS "jobIds", created_at AS "createdAt"`;

@Injectable()
export class BatchesStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** Null too for what the running request must not know of in this way. */
  async find(id: string, as: Kind): Promise<Batch | null> {
    const { rows } = await this.pool.query<Batch>(
      `SELECT ${columns} FROM batch WHERE id = $1 AND ${inReach(2)}`,
      [id, ...currentReach(as)],
    );
    return rows[0] ?? null;
  }

  async findByKey(tenantId: string, key: string): Promise<(Batch & { requestHash: string }) | null> {
    const { rows } = await this.pool.query<Batch & { requestHash: string }>(
      `SELECT ${columns}, request_hash AS "requestHash" FROM batch
       WHERE tenant_id = $1 AND key = $2 AND created_at > now() - ${keyLasts}`,
      [tenantId, key],
    );
    return rows[0] ?? null;
  }

  /**
   * Before its jobs, in their transaction: a batch that comes with the same key meanwhile, on any replica, waits here for the outcome
   * of the first. False: the key is taken.
   */
  async insert(client: PoolClient, batch: NewBatch): Promise<boolean> {
    const { id, tenantId, principalId, workflows, jobIds, idempotency, webhook } = batch;
    const { key = null, requestHash = null } = idempotency ?? {};
    if (key !== null)
      await client.query(
        `UPDATE batch SET key = NULL WHERE tenant_id = $1 AND key = $2 AND created_at <= now() - ${keyLasts}`,
        [tenantId, key],
      );
    const { rowCount } = await client.query(
      `INSERT INTO batch (id, tenant_id, principal_id, workflows, job_ids, key, request_hash, webhook, webhook_secret)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, key) DO NOTHING`,
      [
        id,
        tenantId,
        principalId,
        workflows,
        jobIds,
        key,
        requestHash,
        webhook && { url: webhook.url, baseUrl: webhook.baseUrl },
        webhook?.secret ?? null,
      ],
    );
    return rowCount === 1;
  }

  /** Notes which of those that have somebody to tell have ended; a trigger enqueues the telling. Answers how many, some at a time. */
  async noteEnds(limit = 20): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE batch SET ended_at = now() WHERE id IN (
         SELECT b.id FROM batch b WHERE b.ended_at IS NULL AND b.webhook IS NOT NULL
           AND NOT EXISTS (SELECT FROM job j WHERE j.id = ANY (b.job_ids) AND j.finished_at IS NULL)
         ORDER BY b.created_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [limit],
    );
    return rowCount ?? 0;
  }

  /** Those older than this whose jobs the record has forgotten, all of them. Answers how many after each part. */
  forget(before: Date, part = 50): AsyncGenerator<number> {
    return inPages(part, async (limit) => {
      const { rowCount } = await this.pool.query(
        `DELETE FROM batch WHERE id IN (
           SELECT b.id FROM batch b
           WHERE b.created_at < $1 AND NOT EXISTS (SELECT FROM job j WHERE j.id = ANY (b.job_ids))
             AND NOT EXISTS (SELECT FROM archive.job j WHERE j.id = ANY (b.job_ids))
           ORDER BY b.created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [before, limit],
      );
      return rowCount ?? 0;
    });
  }

  /** Newest first: those that the running request may be told of. */
  async list({ limit, tenant, before }: BatchFilter): Promise<Batch[]> {
    const { rows } = await this.pool.query<Batch>(
      `SELECT ${columns} FROM batch
       WHERE ($2::text IS NULL OR tenant_id = $2) AND ($3::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4::uuid))
         AND ${inReach(5)}
       ORDER BY created_at DESC, id DESC LIMIT $1`,
      [
        limit,
        tenant ?? null,
        before ? placeOfTime(before.createdAt) : null,
        before?.id ?? null,
        ...currentReach('job'),
      ],
    );
    return rows;
  }

  /** By the ids of the batches; one without jobs in the record is left out. */
  async counts(batchIds: readonly string[]): Promise<Map<string, BatchCounts>> {
    const { rows } = await this.pool.query<{ id: string; counts: BatchCounts }>(
      `SELECT id, json_object_agg(state, count) AS counts FROM (
         SELECT id, state, count(*) FROM (
           SELECT b.id, j.state FROM batch b JOIN job j ON j.id = ANY (b.job_ids) WHERE b.id = ANY ($1::uuid[])
           UNION ALL SELECT b.id, j.state FROM batch b JOIN archive.job j ON j.id = ANY (b.job_ids) WHERE b.id = ANY ($1::uuid[])) both_halves
         GROUP BY id, state) by_state
       GROUP BY id`,
      [batchIds],
    );
    return new Map(rows.map(({ id, counts }) => [id, counts]));
  }
}
