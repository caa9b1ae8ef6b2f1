/** The table of deliveries. Triggers write its rows, in the statements that they tell of; here is what becomes of them. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import {
  type Delivery,
  deliveryIn,
  type DeliveryState,
  type FileCounts,
  type FileDelivery,
  type OutgoingWebhook,
  type Try,
} from './delivery.js';

const columns = `id, job_id AS "jobId", kind, event, ordinal, wish, state, tries, status, reason,
  created_at AS "createdAt", tried_at AS "triedAt", delivered_at AS "deliveredAt"`;
const listedMax = 1_000;
const reasonCharsMax = 500;
const daysKept = 7;

/** As versions before this table enqueued it, with everything in the task. */
export interface OldTask {
  eventId: string;
  jobId: string;
  url: string;
  baseUrl: string;
  /** Base64 of the sealed one. */
  secret: string | null;
}

@Injectable()
export class DeliveriesStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** Null when it was forgotten. */
  async find(id: string): Promise<OutgoingWebhook | null> {
    const { rows } = await this.pool.query<OutgoingWebhook>(
      `SELECT ${columns}, secret FROM delivery WHERE id = $1 AND kind <> 'file'`,
      [id],
    );
    return firstOf(rows);
  }

  async findFile(id: string): Promise<FileDelivery | null> {
    const { rows } = await this.pool.query<FileDelivery>(
      `SELECT ${columns} FROM delivery WHERE id = $1 AND kind = 'file'`,
      [id],
    );
    return firstOf(rows);
  }

  /** Of the files of a job that asked for them to be brought somewhere. */
  async filesOf(jobId: string): Promise<FileCounts> {
    const { rows } = await this.pool.query<{ state: keyof FileCounts; count: number }>(
      `SELECT state, count(*)::int AS count FROM delivery WHERE job_id = $1 AND kind = 'file' GROUP BY state`,
      [jobId],
    );
    const counts = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
    return { waiting: 0, delivered: 0, given_up: 0, ...counts };
  }

  /** Of these jobs or batches, those of batches first and then as they came to be; the first thousand. */
  async of(ids: readonly string[], state?: DeliveryState): Promise<Delivery[]> {
    const { rows } = await this.pool.query<Delivery>(
      `SELECT ${columns} FROM delivery WHERE job_id = ANY ($1::uuid[]) AND ($2::text IS NULL OR state = $2)
       ORDER BY kind <> 'batch', created_at, job_id, event, ordinal LIMIT ${listedMax}`,
      [ids, state ?? null],
    );
    return rows.flatMap((row) => deliveryIn(row) ?? []);
  }

  async noteTry(id: string, { status, reason, isLast }: Try): Promise<void> {
    await this.pool.query(
      `UPDATE delivery SET tries = LEAST(tries, 2147483646) + 1, tried_at = now(), status = $2, reason = $3,
         state = CASE WHEN $3::text IS NULL THEN 'delivered' WHEN $4 THEN 'given_up' ELSE 'waiting' END,
         delivered_at = CASE WHEN $3::text IS NULL THEN now() ELSE delivered_at END
       WHERE id = $1`,
      [id, status, reason?.slice(0, reasonCharsMax) ?? null, isLast],
    );
  }

  /** Enqueues it anew, with all its tries; one that waits already begins them again. Null when none of these jobs or batches has it. */
  async askAgain(ids: readonly string[], id: string): Promise<Delivery | null> {
    const { rows } = await this.pool.query<Delivery>(
      `WITH asked AS (UPDATE delivery SET state = 'waiting' WHERE id = $1 AND job_id = ANY ($2::uuid[]) RETURNING *),
         enqueued AS MATERIALIZED (SELECT enqueue_delivery(a::delivery) FROM asked a)
       SELECT ${columns} FROM asked, enqueued`,
      [id, ids],
    );
    return firstOf(rows);
  }

  /** Gives a task of an older version its row, and so a task of this one. */
  async adopt({ eventId, jobId, url, baseUrl, secret }: OldTask): Promise<void> {
    await this.pool.query(
      `INSERT INTO delivery (id, job_id, kind, event, wish, secret) VALUES ($1, $2, 'webhook', 'ended', $3, $4) ON CONFLICT DO NOTHING`,
      [eventId, jobId, { url, baseUrl }, secret === null ? null : Buffer.from(secret, 'base64')],
    );
  }

  /** Answers how many. */
  async forgetOld(): Promise<number> {
    const { rowCount } = await this.pool.query(
      `DELETE FROM delivery WHERE created_at < now() - $1 * interval '1 day' AND COALESCE(tried_at, created_at) < now() - interval '1 day'`,
      [daysKept],
    );
    return rowCount ?? 0;
  }

  /** Those whose replica died in their last try: nothing is left that would send them. */
  async closeLost(): Promise<number> {
    const { rowCount } = await this.pool.query(
      `UPDATE delivery d SET state = 'given_up', reason = COALESCE(reason, 'nobody knows what became of the last try')
       WHERE state = 'waiting' AND GREATEST(created_at, tried_at) < now() - interval '1 hour' AND NOT EXISTS (
         SELECT FROM graphile_worker._private_jobs p WHERE p.key = d.id::text AND p.attempts < p.max_attempts)`,
    );
    return rowCount ?? 0;
  }
}

const firstOf = <Told extends Delivery>([row]: readonly Told[]): Told | null =>
  row ? deliveryIn(row) : null;
