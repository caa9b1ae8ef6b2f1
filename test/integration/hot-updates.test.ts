/**
 * An update that changes no indexed column (those of index predicates included) and finds room on its page leaves the
 * indexes alone: a HOT update. Attempts move five times while they are open, so these moves must be such.
 *
 * On a server of its own, without autovacuum: room comes from pruning, which keeps every row version younger than the oldest snapshot of this
 * database, and a snapshot is as old as the oldest transaction that writes anywhere on the server.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createPool,
  type EmbeddedDatabase,
  migrate,
  startEmbeddedDatabase,
} from '../../src/platform/database/index.js';
import { createLogger } from '../../src/platform/logging/index.js';
import { StoredJobs } from '../support/stored-jobs.js';

describe('updates of rows that are in use', () => {
  let dataDir: string;
  let server: EmbeddedDatabase;
  let pool: Pool;
  let stored: StoredJobs;
  let classId: number;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'comfymux-hot-'));
    const log = createLogger({ level: 'silent' });
    server = await startEmbeddedDatabase({ dataDir, durable: false, log });
    await migrate(server.url);
    // One connection: a session reports its own counts when it is told to.
    pool = createPool({ url: server.url, poolSize: 1, log });
    await pool.query('ALTER SYSTEM SET autovacuum = off');
    await pool.query('SELECT pg_reload_conf()');
    stored = new StoredJobs(pool);
    await stored.lead();
    classId = await stored.classOf('model');
  });
  afterAll(async () => {
    await pool.end();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function updatesOf(table: string): Promise<{ all: number; hot: number }> {
    await pool.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await pool.query<{ all: number; hot: number }>(
      `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relid = $1::regclass`,
      [table],
    );
    return rows[0]!;
  }

  async function during(table: string, work: () => Promise<unknown>): Promise<{ all: number; hot: number }> {
    const before = await updatesOf(table);
    await work();
    const after = await updatesOf(table);
    return { all: after.all - before.all, hot: after.hot - before.hot };
  }

  it('of an attempt are HOT from its placement until its run is over; the last two are not', async () => {
    const attempt = await stored.place(await stored.submit(classId), 'node');
    let running = attempt!;
    const open = await during('attempt', async () => (running = await stored.run(attempt!)));
    expect(open).toEqual({ all: 6, hot: 6 });
    const late = await during('attempt', async () => stored.attempts.noteProgress(attempt!.promptId, 99));
    expect(late).toEqual({ all: 1, hot: 1 });
    expect(await during('attempt', async () => stored.finish(running))).toEqual({ all: 2, hot: 0 });
  });

  it('of hundreds of attempts at once find room on their pages', async () => {
    const attempts = await Promise.all(
      Array.from({ length: 120 }, async (_, index) =>
        stored.place(await stored.submit(classId), `node-${index}`),
      ),
    );
    const moved = await during('attempt', async () =>
      Promise.all(attempts.map(async (attempt) => stored.run(attempt!))),
    );
    expect(moved).toEqual({ all: 720, hot: 720 });
  });

  it('of an active job whose cancel is asked for are HOT, of a replica that beats its heart too', async () => {
    const jobId = await stored.submit(classId);
    await stored.place(jobId, 'cancelled');
    expect(await during('job', async () => stored.jobs.requestCancel(jobId))).toEqual({ all: 1, hot: 1 });
    await pool.query(`INSERT INTO replica (id, version, host) VALUES ($1, '0', 'here')`, [stored.owner]);
    const beats = await during('replica', async () => {
      for (let beat = 0; beat < 20; beat += 1) await pool.query('UPDATE replica SET heartbeat_at = now()');
    });
    expect(beats).toEqual({ all: 20, hot: 20 });
  });

  it('of a job that runs once are two in all', async () => {
    const counted = await during('job', async () => {
      const attempt = await stored.place(await stored.submit(classId), 'two');
      await stored.finish(await stored.run(attempt!));
    });
    expect(counted.all).toBe(2);
  });
});
