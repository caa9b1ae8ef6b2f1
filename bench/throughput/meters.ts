/** What a stretch of work cost: CPU by process, statements and flushes of the database. */
import { readdir, readFile } from 'node:fs/promises';
import type { Pool } from 'pg';
import { cpuSecondsOf } from '../native/program.js';

export interface Cost {
  serviceCpuMs: number;
  postgresCpuMs: number;
  statements: number;
  flushes: number;
}

export class Meters {
  private from: Cost | undefined;

  constructor(
    private readonly servicePids: readonly number[],
    private readonly postmasterPid: number,
    private readonly pool: Pool,
  ) {}

  async begin(): Promise<void> {
    this.from = await this.read();
  }

  /** Since `begin`. */
  async end(): Promise<Cost> {
    const [from, to] = [this.from!, await this.read()];
    return {
      serviceCpuMs: to.serviceCpuMs - from.serviceCpuMs,
      postgresCpuMs: to.postgresCpuMs - from.postgresCpuMs,
      statements: to.statements - from.statements,
      flushes: to.flushes - from.flushes,
    };
  }

  private async read(): Promise<Cost> {
    // A backend tells its statistics when it is idle or once a second.
    const { rows } = await this.pool.query<{ statements: string; flushes: string }>(
      `SELECT (SELECT sum(calls) FROM pg_stat_statements) AS statements,
         (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal') AS flushes`,
    );
    return {
      serviceCpuMs: 1000 * sum(await Promise.all(this.servicePids.map(cpuSecondsOf))),
      postgresCpuMs: 1000 * (await treeCpuSecondsOf(this.postmasterPid)),
      statements: Number(rows[0]?.statements),
      flushes: Number(rows[0]?.flushes),
    };
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Of a process and its children, those that have ended included. */
async function treeCpuSecondsOf(pid: number): Promise<number> {
  let ticks = 0;
  for (const each of await readdir('/proc')) {
    if (!/^\d+$/.test(each)) continue;
    const text = await readFile(`/proc/${each}/stat`, 'utf8').catch(() => '');
    const fields = text.split(') ')[1]?.split(' ') ?? [];
    const isParent = Number(each) === pid;
    if (isParent || Number(fields[1]) === pid) ticks += Number(fields[11]) + Number(fields[12]);
    if (isParent) ticks += Number(fields[13]) + Number(fields[14]);
  }
  return ticks / 100;
}

/** Median time of a flush of a small write where the database lies, in milliseconds. */
export async function flushMsOf(pool: Pool): Promise<number> {
  await pool.query('CREATE TABLE IF NOT EXISTS flush_probe (n int)');
  const took = [];
  for (let n = 0; n < 30; n += 1) {
    const fromMs = performance.now();
    await pool.query('INSERT INTO flush_probe VALUES ($1)', [n]);
    took.push(performance.now() - fromMs);
  }
  await pool.query('DROP TABLE flush_probe');
  return took.toSorted((a, b) => a - b)[15] ?? 0;
}

/** The dearest statements since the last reset, by time in the server: for whoever looks where it goes. */
export async function dearestStatements(pool: Pool, jobs: number): Promise<string[]> {
  const { rows } = await pool.query<{ calls: number; planMs: number; execMs: number; query: string }>(
    `SELECT calls::int, total_plan_time AS "planMs", total_exec_time AS "execMs", left(regexp_replace(query, '\\s+', ' ', 'g'), 110) AS query
     FROM pg_stat_statements ORDER BY total_plan_time + total_exec_time DESC LIMIT 14`,
  );
  return rows.map(
    ({ calls, planMs, execMs, query }) =>
      `${((planMs + execMs) / jobs).toFixed(3)} ms a job (plan ${(planMs / jobs).toFixed(3)}), ${(calls / jobs).toFixed(3)} calls a job: ${query}`,
  );
}

/**
 * CPU milliseconds that a piece of work takes which is the same everywhere: on a machine whose cores are shared the same work takes more of
 * them, and figures of two runs compare by this.
 */
export function yardstickMs(): number {
  const text = JSON.stringify(
    Array.from({ length: 200 }, (_, at) => ({ id: at, name: `node ${at}`, inputs: [at, 'x'] })),
  );
  const from = process.cpuUsage();
  for (let n = 0; n < 500; n += 1) JSON.parse(text);
  return process.cpuUsage(from).user / 1000;
}
