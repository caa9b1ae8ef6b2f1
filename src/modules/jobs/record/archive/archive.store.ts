/**
 * The archive: ended jobs in partitions by the day of their end. Everything may run on several replicas at once and break off
 * anywhere: moves are one statement each, partitions are made and dropped in transactions under one advisory lock.
 */
import { Inject, Injectable } from '@nestjs/common';
import { DatabaseError, Pool, type PoolClient } from 'pg';
import { msBetween, transaction } from '../../../../platform/database/index.js';
import { moveSql, type RecordTable, recordTables } from './archive-statement.js';
import { dayAfter, dayOfPartition, partitionOf } from './archive-days.js';

/** Who reads the archive waits behind a lock on it: give up early, there is a next time. */
const lockTimeoutMs = 500;
const statementTimeout = '57014';

export interface RecordMeasure {
  /** 0 when no job has ended. */
  oldestEndedAgeSeconds: number;
  dead: { table: string; rows: number }[];
}

@Injectable()
export class ArchiveStore {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  /** Makes the partitions of these days where they are missing. Each begins as a table of its own, so that readers of the archive need not wait. */
  async prepare(days: readonly string[]): Promise<void> {
    const known = new Set(await this.days());
    const missing = days.filter((day) => !known.has(day));
    if (missing.length > 0)
      await this.alone(async (client) => {
        for (const day of missing) for (const table of recordTables) await attach(client, table, day);
      });
  }

  /** Days with partitions, the oldest first. */
  async days(): Promise<string[]> {
    const { rows } = await this.pool.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'archive.job'::regclass ORDER BY c.relname`,
    );
    return rows.flatMap(({ name }) => dayOfPartition(name) ?? []);
  }

  /** Forgets a day. Rejects while somebody reads for long, pg_dump for one: try again later. */
  async drop(day: string): Promise<void> {
    const names = recordTables.map((table) => `archive.${partitionOf(table, day)}`).join(', ');
    await this.alone(async (client) => client.query(`DROP TABLE IF EXISTS ${names}`));
  }

  /** The first day, from `from` on, with jobs that ended at least so long ago; what says that it ended before there were such clocks stays. */
  async nextDay(from: string | null, endedForMs: number): Promise<string | null> {
    const { rows } = await this.pool.query<{ day: string | null }>(
      `SELECT to_char(min(finished_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day FROM job
       WHERE finished_at >= COALESCE($1::date, '1970-01-01')::timestamp AT TIME ZONE 'UTC' AND finished_at <= now() - $2 * interval '1 millisecond'`,
      [from, endedForMs],
    );
    return rows[0]?.day ?? null;
  }

  /** Moves every job that ended at least so long ago, `batch` at a time; answers how many after each batch. */
  async *move(endedForMs: number, batch = 200): AsyncGenerator<number> {
    const sql = moveSql(await this.columns());
    let day = await this.nextDay(null, endedForMs);
    for (; day !== null; day = await this.nextDay(dayAfter(day), endedForMs)) {
      await this.prepare([day]);
      for (let limit = batch; limit >= 1;) {
        const moved = await this.moveBatch(sql, [day, endedForMs, limit]);
        if (moved === 0) break;
        if (moved === undefined) limit = Math.floor(limit / 2);
        else yield moved;
      }
    }
  }

  /** For metrics. Counts of dead rows are the server's estimates. */
  async measure(): Promise<RecordMeasure> {
    const { rows } = await this.pool.query<RecordMeasure>(
      `SELECT COALESCE(${msBetween('(SELECT min(finished_at) FROM job)', 'now()')} / 1000, 0) AS "oldestEndedAgeSeconds",
         (SELECT json_agg(json_build_object('table', relname, 'rows', n_dead_tup)) FROM pg_stat_user_tables
          WHERE relid = ANY (SELECT t::regclass FROM unnest($1::text[]) t)) AS dead`,
      [[...recordTables, 'tenant']],
    );
    return rows[0] ?? { oldestEndedAgeSeconds: 0, dead: [] };
  }

  /** Undefined when the batch took too long: graphs may be large. */
  private async moveBatch(
    sql: string,
    values: [day: string, endedForMs: number, limit: number],
  ): Promise<number | undefined> {
    try {
      const { rows } = await this.pool.query<{ moved: number }>(sql, values);
      return rows[0]?.moved ?? 0;
    } catch (error) {
      if (error instanceof DatabaseError && error.code === statementTimeout && values[2] > 1)
        return undefined;
      throw error;
    }
  }

  private async columns(): Promise<Record<RecordTable, string[]>> {
    const { rows } = await this.pool.query<{ table: RecordTable; columns: string[] }>(
      `SELECT t AS table, array_agg(attname::text ORDER BY attnum) AS columns FROM unnest($1::text[]) t JOIN pg_attribute ON attrelid = t::regclass
       WHERE attnum > 0 AND NOT attisdropped GROUP BY t`,
      [recordTables],
    );
    return Object.fromEntries(rows.map(({ table, columns }) => [table, columns])) as Record<
      RecordTable,
      string[]
    >;
  }

  private async alone(work: (client: PoolClient) => Promise<unknown>): Promise<void> {
    await transaction(this.pool, async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(hashtext('comfymux archive'))`);
      await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
      await work(client);
    });
  }
}

async function attach(client: PoolClient, table: RecordTable, day: string): Promise<void> {
  const name = `archive.${partitionOf(table, day)}`;
  const { rows } = await client.query<{ exists: boolean }>(`SELECT to_regclass($1) IS NOT NULL AS exists`, [
    name,
  ]);
  if (rows[0]?.exists) return;
  await client.query(
    `CREATE TABLE ${name} (LIKE archive.${table} INCLUDING COMPRESSION INCLUDING CONSTRAINTS);
     ALTER TABLE archive.${table} ATTACH PARTITION ${name} FOR VALUES FROM ('${day}') TO ('${dayAfter(day)}')`,
  );
}
