/** What PostgreSQL tells of its tables, and times by phase. */
import type { Pool } from 'pg';

export const churned = [
  'job',
  'attempt',
  'job_input',
  'job_output',
  'job_prompt',
  'job_run',
  'tenant',
] as const;

export interface TableState {
  table: string;
  live: number;
  dead: number;
  updates: number;
  hot: number;
  vacuums: number;
  bytes: number;
}

export async function tableStates(pool: Pool): Promise<TableState[]> {
  const { rows } = await pool.query<TableState>(
    `SELECT relname AS table, n_live_tup::float8 AS live, n_dead_tup::float8 AS dead, n_tup_upd::float8 AS updates,
       n_tup_hot_upd::float8 AS hot, autovacuum_count::float8 AS vacuums, pg_total_relation_size(relid)::float8 AS bytes
     FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname = ANY ($1) ORDER BY array_position($1, relname::text)`,
    [churned],
  );
  return rows;
}

export async function indexBytes(pool: Pool, index: string): Promise<number> {
  const { rows } = await pool.query<{ bytes: number }>(
    'SELECT pg_relation_size($1::regclass)::float8 AS bytes',
    [index],
  );
  return rows[0]?.bytes ?? 0;
}
