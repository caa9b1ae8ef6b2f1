/** What the scheduler keeps in Postgres beside the queue: virtual time, and what it has learned. */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { finiteOr } from '../../../../platform/database/index.js';

@Injectable()
export class SchedulerStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** What was last remembered, or null. */
  async memory(): Promise<unknown> {
    const { rows } = await this.pool.query<{ body: unknown }>(
      `SELECT body FROM scheduler_memory WHERE name = 'scheduler'`,
    );
    return rows[0]?.body ?? null;
  }

  /** Only while this is the newest term: an old leader must not undo what a new one learned. */
  async remember(body: object, term: number): Promise<void> {
    await this.pool.query(
      `INSERT INTO scheduler_memory (name, body) SELECT 'scheduler', $1::jsonb FROM leader WHERE name = 'scheduler' AND term = $2
       ON CONFLICT (name) DO UPDATE SET body = excluded.body, updated_at = now()`,
      [JSON.stringify(body), term],
    );
  }

  /** The newest forecast of any leader, if it is not older than this. */
  async forecast(maxAgeMs: number): Promise<string | null> {
    const { rows } = await this.pool.query<{ body: string }>(
      `SELECT body FROM forecast WHERE name = 'scheduler' AND updated_at > now() - $1 * interval '1 millisecond'`,
      [maxAgeMs],
    );
    return rows[0]?.body ?? null;
  }

  async keepForecast(body: string, term: number): Promise<void> {
    await this.pool.query(
      `INSERT INTO forecast (name, body) SELECT 'scheduler', $1 FROM leader WHERE name = 'scheduler' AND term = $2
       ON CONFLICT (name) DO UPDATE SET body = excluded.body, updated_at = now()`,
      [body, term],
    );
  }

  /** Where the tenant's next job would begin, were it submitted now. */
  async placeOf(tenantId: string): Promise<{ virtualS: number; vfinishS: number }> {
    const { rows } = await this.pool.query<{ virtualS: number; vfinishS: number }>(
      `SELECT c.virtual_s AS "virtualS", COALESCE(t.vfinish, 0)::float8 AS "vfinishS"
       FROM scheduler_clock c LEFT JOIN tenant t ON t.id = $1 WHERE c.name = 'scheduler'`,
      [tenantId],
    );
    return rows[0] ?? { virtualS: 0, vfinishS: 0 };
  }

  /** `virtualS` never goes back. */
  async setClock(virtualS: number, clusterSpeed: number): Promise<void> {
    await this.pool.query(
      `UPDATE scheduler_clock SET virtual_s = GREATEST(${finiteOr('virtual_s', '$1::float8')}, $1::float8), cluster_speed = $2 WHERE name = 'scheduler'`,
      [virtualS, clusterSpeed],
    );
  }
}
