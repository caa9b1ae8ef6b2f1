/**
 * Tables under churn: `npm run bench:soak`. SOAK_JOBS jobs (100,000) go through the product's own statements with one snapshot
 * pinned for SOAK_PIN_SECONDS (60) in the middle, so that no vacuum can take what dies meanwhile. Fails when claims afterwards
 * take more than three times as long as on fresh tables, or when dead rows stay.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPool } from '../src/platform/database/index.js';
import { createLogger } from '../src/platform/logging/index.js';
import { createDatabase, type TestDatabase } from '../test/support/database.js';
import { quantile } from './quantile.js';
import { churned, indexBytes, type TableState, tableStates } from './soak/measure.js';
import { Traffic } from './soak/traffic.js';

const jobs = Number(process.env['SOAK_JOBS'] ?? 100_000);
const pinMs = Number(process.env['SOAK_PIN_SECONDS'] ?? 60) * 1000;
/** Part of the jobs that run before the snapshot is pinned. */
const freshShare = 0.3;
const slowdownMax = 3;
/** Autovacuum comes once a minute, to tables with 2,000 dead rows. */
const vacuumThreshold = 2_000;
const settleMs = 150_000;

type Phase = 'fresh' | 'pinned' | 'after';
const phases: Phase[] = ['fresh', 'pinned', 'after'];

let database: TestDatabase;
let pool: pg.Pool;
let leaderPool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase();
  const options = { url: database.url, log: createLogger({ level: 'warn' }) };
  pool = createPool({ ...options, poolSize: 12 });
  leaderPool = createPool({ ...options, poolSize: 1 });
});
afterAll(async () => {
  await pool.end();
  await leaderPool.end();
  await database.drop();
});

it(`${jobs} jobs with a snapshot pinned for ${pinMs / 1000} s`, async () => {
  let phase: Phase = 'fresh';
  const times = { fresh: timesOf(), pinned: timesOf(), after: timesOf() };
  const dead = {
    fresh: new Map<string, number>(),
    pinned: new Map<string, number>(),
    after: new Map<string, number>(),
  };
  const broken = new AbortController();
  const traffic = new Traffic(pool, leaderPool, {
    jobs,
    backlog: 2_000,
    nodes: 96,
    classes: 20,
    tenants: 8,
    graphBytes: 2_000,
    archiveAfterMs: 20_000,
    timed: (what, ms) => times[phase][what].push(ms),
  });
  const sample = async (): Promise<TableState[]> => {
    const states = await tableStates(database.pool);
    for (const { table, dead: count } of states)
      dead[phase].set(table, Math.max(dead[phase].get(table) ?? 0, count));
    return states;
  };
  const beganMs = performance.now();
  const work = traffic.run(broken.signal);
  work.catch(() => broken.abort());
  const until = async (met: () => boolean): Promise<void> => {
    for (; !met() && !broken.signal.aborted; await sleep(500)) await sample();
  };

  await until(() => traffic.finished >= jobs * freshShare);
  const release = await pin(database.url);
  phase = 'pinned';
  const pinnedAtMs = performance.now();
  const finishedBefore = traffic.finished;
  await until(() => performance.now() - pinnedAtMs >= pinMs);
  await release();
  phase = 'after';
  const finishedPinned = traffic.finished - finishedBefore;
  expect(traffic.finished, 'jobs are left to run after the pin').toBeLessThan(jobs);
  await until(() => traffic.finished >= jobs);
  await work;
  const seconds = (performance.now() - beganMs) / 1000;
  const readyBytes = await indexBytes(database.pool, 'job_ready');
  const settledAtMs = performance.now();
  let last = await sample();
  while (last.some((state) => state.dead > vacuumThreshold) && performance.now() - settledAtMs < settleMs) {
    await sleep(2_000);
    last = await sample();
  }

  print({ seconds, traffic, finishedPinned, times, dead, last, readyBytes });
  const { rows } = await database.pool.query<{ kept: number }>(
    'SELECT ((SELECT count(*) FROM job) + (SELECT count(*) FROM archive.job))::int AS kept',
  );
  expect(rows[0]?.kept, 'every job is in one half of the record').toBe(jobs);
  for (const what of ['heads', 'place'] as const)
    expect(quantile(times.after[what], 0.99), `p99 of ${what} afterwards`).toBeLessThanOrEqual(
      slowdownMax * quantile(times.fresh[what], 0.99),
    );
  for (const { table, dead: count } of last)
    expect(count, `dead rows that stay in ${table}`).toBeLessThanOrEqual(vacuumThreshold);
});

const timesOf = (): Record<'heads' | 'place', number[]> => ({ heads: [], place: [] });

/** Holds a snapshot that sees every row as it is now; resolves to its release. */
async function pin(url: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await client.query('SELECT count(*) FROM leader');
  return async () => {
    await client.query('COMMIT');
    await client.end();
  };
}

interface Result {
  seconds: number;
  traffic: Traffic;
  finishedPinned: number;
  times: Record<Phase, Record<'heads' | 'place', number[]>>;
  dead: Record<Phase, Map<string, number>>;
  last: TableState[];
  readyBytes: number;
}

const ms = (value: number): string => value.toFixed(1);

function print({ seconds, traffic, finishedPinned, times, dead, last, readyBytes }: Result): void {
  console.log(
    `${traffic.finished} jobs in ${seconds.toFixed(0)} s, ${finishedPinned} of them under the pin, ${traffic.archived} archived meanwhile; load ${loadavg()[0]?.toFixed(1)}`,
  );
  console.log('\n| claims, ms | fresh p50 | p99 | pinned p50 | p99 | after p50 | p99 | after : fresh, p99 |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const what of ['heads', 'place'] as const) {
    const cells = phases.flatMap((phase) => [0.5, 0.99].map((q) => ms(quantile(times[phase][what], q))));
    const ratio = quantile(times.after[what], 0.99) / quantile(times.fresh[what], 0.99);
    console.log(`| ${what} | ${cells.join(' | ')} | ${ratio.toFixed(2)} |`);
  }
  console.log(
    '\n| table | dead: most, fresh | pinned | after | at the end | updates | HOT | autovacuums | MB |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const table of churned) {
    const state = last.find((each) => each.table === table);
    if (!state) continue;
    const most = phases.map((phase) => dead[phase].get(table) ?? 0);
    const hot = state.updates === 0 ? '' : `${((100 * state.hot) / state.updates).toFixed(1)} %`;
    console.log(
      `| ${table} | ${most.join(' | ')} | ${state.dead} | ${state.updates} | ${hot} | ${state.vacuums} | ${(state.bytes / 2 ** 20).toFixed(1)} |`,
    );
  }
  console.log(`\njob_ready: ${(readyBytes / 2 ** 20).toFixed(2)} MB`);
}
