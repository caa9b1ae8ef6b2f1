/** What a stretch of work cost: CPU by process, transactions and flushes of the database. */
import { readdir, readFile } from 'node:fs/promises';
import type { Pool } from 'pg';
import { cpuSecondsOf } from '../native/program.js';

export interface Cost {
  seconds: number;
  serviceCpuS: number;
  postgresCpuS: number;
  transactions: number;
  flushes: number;
}

interface Reading extends Cost {
  atMs: number;
}

export class Meters {
  private from: Reading | undefined;

  constructor(
    private readonly servicePid: number,
    private readonly postmasterPid: number,
    private readonly pool: Pool,
  ) {}

  async begin(): Promise<void> {
    this.from = await this.read();
  }

  async end(): Promise<Cost> {
    const [from, to] = [this.from!, await this.read()];
    return {
      seconds: (to.atMs - from.atMs) / 1000,
      serviceCpuS: to.serviceCpuS - from.serviceCpuS,
      postgresCpuS: to.postgresCpuS - from.postgresCpuS,
      transactions: to.transactions - from.transactions,
      flushes: to.flushes - from.flushes,
    };
  }

  private async read(): Promise<Reading> {
    const { rows } = await this.pool.query<{ transactions: string; flushes: string }>(
      `SELECT (SELECT sum(xact_commit) FROM pg_stat_database) AS transactions,
         (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal') AS flushes`,
    );
    return {
      atMs: performance.now(),
      seconds: 0,
      serviceCpuS: await cpuSecondsOf(this.servicePid),
      postgresCpuS: await treeCpuSecondsOf(this.postmasterPid),
      transactions: Number(rows[0]?.transactions),
      flushes: Number(rows[0]?.flushes),
    };
  }
}

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
