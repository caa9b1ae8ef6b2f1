/** Ended jobs move whole, once, into the day of their end; a day is forgotten by dropping it. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BatchesStore } from '../../src/modules/jobs/batches/batches.store.js';
import { SharedWork } from '../../src/modules/jobs/reuse/shared-work.js';
import { ArchiveStore } from '../../src/modules/jobs/record/archive/archive.store.js';
import { recordTables } from '../../src/modules/jobs/record/archive/archive-statement.js';
import type { NewPrompt } from '../../src/modules/jobs/record/submit/new-job.js';
import { Archiving } from '../../src/modules/maintenance/archiving.js';
import { Chores } from '../../src/modules/maintenance/chores.js';
import { NativeStore } from '../../src/doors/native/record/native.store.js';
import { ManualClock } from '../../src/platform/clock/index.js';
import { type Config, loadConfig } from '../../src/platform/config/index.js';
import { createPool, transaction } from '../../src/platform/database/index.js';
import { createLogger } from '../../src/platform/logging/index.js';
import { assetsStoreOn } from '../support/assets-store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/poll.js';
import { StoredJobs } from '../support/stored-jobs.js';

const log = createLogger({ level: 'silent' });
const anHourMs = 3_600_000;
const prompt: NewPrompt = {
  place: 'address:1',
  clientId: 'me',
  number: null,
  front: false,
  targets: ['9'],
  workflowId: null,
  secrets: Buffer.from('sealed'),
};
const result = (sha256: string) => ({
  nodeId: 'node',
  key: '9',
  filename: `${sha256}.png`,
  subfolder: '',
  type: 'output',
  container: 'png',
  isVideo: false,
  mime: 'image/png',
  sha256,
  sizeBytes: 1,
  raw: { filename: 'a.png' },
});

describe('the archive', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let stored: StoredJobs;
  let archive: ArchiveStore;
  let batches: BatchesStore;
  let classId: number;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool({ url: database.url, poolSize: 8, log });
    stored = new StoredJobs(pool);
    archive = new ArchiveStore(pool);
    batches = new BatchesStore(pool);
    await stored.lead();
    classId = await stored.classOf('model');
  });
  afterEach(async () => {
    await pool.query('TRUNCATE job CASCADE');
    for (const day of await archive.days()) await archive.drop(day);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  /** As old as its oldest jobs. */
  async function batchOf(jobIds: string[]): Promise<string> {
    const id = randomUUID();
    const batch = {
      id,
      jobIds,
      tenantId: 'default',
      workflows: [],
      principalId: null,
      idempotency: null,
      webhook: null,
    };
    await transaction(pool, async (client) => batches.insert(client, batch));
    await pool.query(`UPDATE batch SET created_at = now() - interval '9 days' WHERE id = $1`, [id]);
    return id;
  }

  /** A job with a row in each of the six tables, ended so long ago. */
  async function ended(endedAgoMs: number, sha256 = 'a'): Promise<string> {
    const id = await stored.submit(classId, { prompt });
    const attempt = await stored.place(id, `node-${id}`);
    await stored.finish(await stored.run(attempt!), [result(sha256)], {
      outputs: '{}',
      messages: '[]',
      meta: '{}',
      startedAtMs: 1,
      endedAtMs: 2,
    });
    await pool.query(`UPDATE job SET finished_at = now() - $2 * interval '1 millisecond' WHERE id = $1`, [
      id,
      endedAgoMs,
    ]);
    return id;
  }

  async function move(endedForMs: number, batch?: number): Promise<number> {
    let moved = 0;
    for await (const each of archive.move(endedForMs, batch)) moved += each;
    return moved;
  }

  /** Every row of the six tables about these jobs, without what the archive alone has. */
  async function rowsOf(half: '' | 'archive.', ids: readonly string[]): Promise<Record<string, unknown[]>> {
    const tables: Record<string, unknown[]> = {};
    for (const table of recordTables) {
      const key = table === 'job' ? 'id' : 'job_id';
      const { rows } = await pool.query<{ row: Record<string, unknown> }>(
        `SELECT to_jsonb(t) - 'day' - 'counted' AS row FROM ${half}${table} t WHERE ${key} = ANY ($1::uuid[]) ORDER BY ${key}`,
        [ids],
      );
      tables[table] = rows.map(({ row }) => row);
    }
    return tables;
  }

  it('takes a job whole, and only what ended long enough ago', async () => {
    const old = [await ended(3 * anHourMs), await ended(49 * anHourMs), await ended(400 * 24 * anHourMs)];
    const [young, live] = [await ended(anHourMs), await stored.submit(classId)];
    const active = await stored.submit(classId);
    await stored.place(active, 'busy');
    const before = await rowsOf('', old);
    for (const table of recordTables) expect(before[table], table).toHaveLength(old.length);

    expect(await move(2 * anHourMs, 1)).toBe(old.length);
    expect(await rowsOf('archive.', old)).toEqual(before);
    expect(Object.values(await rowsOf('', old)).flat()).toEqual([]);
    expect((await rowsOf('', [young, live, active]))['job']).toHaveLength(3);
    expect(await archive.days()).toHaveLength(3);
    expect(await move(2 * anHourMs)).toBe(0);
  });

  it('never has a credential, even of a job that ended by hand', async () => {
    const id = await ended(anHourMs);
    await pool.query('UPDATE job_prompt SET secrets = $2 WHERE job_id = $1', [id, prompt.secrets]);
    await move(0);
    expect((await rowsOf('archive.', [id]))['job_prompt']).toMatchObject([
      { secrets: null, client_id: 'me' },
    ]);
  });

  it('has each job once when several replicas move at the same time, batch by batch', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 60; index += 1) ids.push(await ended(anHourMs));
    const moved = await Promise.all([move(0, 7), move(0, 7), move(0, 7)]);
    expect(moved.reduce((sum, each) => sum + each, 0)).toBe(60);
    const archived = await rowsOf('archive.', ids);
    for (const table of recordTables) expect(archived[table], table).toHaveLength(60);
    expect(Object.values(await rowsOf('', ids)).flat()).toEqual([]);
  });

  it('leaves a job that cannot be taken whole as it was', async () => {
    const id = await ended(anHourMs);
    const before = await rowsOf('', [id]);
    await pool.query('ALTER TABLE archive.job_output ADD CONSTRAINT refuses CHECK (ordinal < 0)');
    await expect(move(0)).rejects.toMatchObject({ constraint: 'refuses' });
    await pool.query('ALTER TABLE archive.job_output DROP CONSTRAINT refuses');
    expect(await rowsOf('', [id])).toEqual(before);
    expect(Object.values(await rowsOf('archive.', [id])).flat()).toEqual([]);
    expect(await move(0)).toBe(1);
  });

  it('goes round a job that somebody holds, and takes it next time', async () => {
    const [held, free] = [await ended(anHourMs), await ended(anHourMs)];
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM job WHERE id = $1 FOR UPDATE', [held]);
    expect(await move(0)).toBe(1);
    expect((await rowsOf('archive.', [free]))['job']).toHaveLength(1);
    await client.query('ROLLBACK');
    client.release();
    expect(await move(0)).toBe(1);
  });

  it('hears of a prompt that its caller deletes from the history while it moves', async () => {
    const native = new NativeStore(pool);
    const caller = { place: 'address:1' };
    for (let round = 0; round < 10; round += 1) {
      const ids = [await ended(anHourMs), await ended(anHourMs), await ended(anHourMs)];
      await Promise.all([move(0, 2), native.hide(caller, ids), native.hide(caller, 'all')]);
      await move(0);
      expect((await rowsOf('archive.', ids))['job_prompt']).toMatchObject(ids.map(() => ({ hidden: true })));
    }
  });

  it('makes partitions once, however many replicas begin at the same time', async () => {
    const days = ['2027-02-28', '2027-03-01'];
    await Promise.all(Array.from({ length: 6 }, async () => archive.prepare(days)));
    expect(await archive.days()).toEqual(days);
    const { rows } = await pool.query<{ count: number }>(
      `SELECT count(*)::int FROM pg_class WHERE relnamespace = 'archive'::regnamespace AND relkind = 'r' AND relname ~ '_2027'`,
    );
    expect(rows[0]?.count).toBe(days.length * recordTables.length);
  });

  it('forgets whole days past their retention, and their files are then nobody’s', async () => {
    const config: Config = { ...loadConfig({}), ARCHIVE_AFTER_HOURS: 1, RETENTION_DAYS: 7 };
    const archiving = new Archiving(
      config,
      archive,
      batches,
      new SharedWork(pool, stored.jobs),
      new ManualClock(new Date()),
      new Chores({ isOpen: true }, log),
      new Registry(),
    );
    const assets = assetsStoreOn(pool);
    const orphansOf = async () =>
      (await assets.deleteUnreferenced(new Date(Date.now() + anHourMs), 100)).deleted;
    const [kept, past] = [await ended(5 * 24 * anHourMs, 'kept'), await ended(9 * 24 * anHourMs, 'past')];
    const uploaded = await stored.submit(classId, {
      input: {
        templateHash: null,
        params: null,
        graph: '{}',
        assets: [{ node: '1', field: 'image', sha256: 'input' }],
        extraData: null,
      },
    });
    await stored.jobs.requestCancel(uploaded);
    await pool.query(`UPDATE job SET finished_at = now() - interval '5 days' WHERE id = $1`, [uploaded]);
    const [left, gone] = [await batchOf([past, kept]), await batchOf([past])];
    for (const sha256 of ['kept', 'past', 'input'])
      await assets.keepUpload({ sha256, sizeBytes: 1, mime: 'image/png', blake3: null }, null);

    await move(anHourMs);
    expect((await rowsOf('archive.', [kept, past, uploaded]))['job']).toHaveLength(3);
    expect(await orphansOf()).toEqual([]);
    await archiving.archive();
    expect(Object.values(await rowsOf('archive.', [past])).flat()).toEqual([]);
    expect((await rowsOf('archive.', [kept]))['job']).toHaveLength(1);
    // Days ahead are there too: today and those that follow.
    expect(await archive.days()).toHaveLength(1 + 3);
    expect(await orphansOf()).toEqual(['past']);
    expect([await batches.find(left, 'job'), await batches.find(gone, 'job')]).toMatchObject([
      { id: left },
      null,
    ]);
  });

  it('keeps every day when the retention is 0', async () => {
    const config: Config = { ...loadConfig({}), ARCHIVE_AFTER_HOURS: 1, RETENTION_DAYS: 0 };
    const id = await ended(900 * 24 * anHourMs);
    await new Archiving(
      config,
      archive,
      batches,
      new SharedWork(pool, stored.jobs),
      new ManualClock(new Date()),
      new Chores({ isOpen: true }, log),
      new Registry(),
    ).archive();
    expect((await rowsOf('archive.', [id]))['job']).toHaveLength(1);
  });

  it('gives up a drop for which it would have to wait, and holds up no reader for it', async () => {
    const id = await ended(anHourMs);
    await move(0);
    const [day] = await archive.days();
    const reader = await pool.connect();
    await reader.query('BEGIN');
    await reader.query('SELECT FROM archive.job');
    const refused = archive.drop(day!).catch((error: unknown) => error);
    await eventually(async () => {
      const { rows } = await pool.query(
        `SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'`,
      );
      return rows.length > 0;
    });
    // Queued behind the drop, yet answered within its statement timeout.
    expect((await stored.jobs.find(id))?.state).toBe('succeeded');
    expect(await refused).toMatchObject({ code: '55P03' });
    await reader.query('ROLLBACK');
    reader.release();
    await archive.drop(day!);
    expect(await stored.jobs.find(id)).toBeNull();
  });

  it('keeps an id taken', async () => {
    const id = randomUUID();
    await stored.submit(classId, { id, prompt });
    await stored.jobs.requestCancel(id);
    await move(0);
    expect(await stored.jobs.isArchived(id)).toBe(true);
    expect(await stored.jobs.requestCancel(id)).toEqual({
      id,
      state: 'cancelled',
      owner: null,
      changed: false,
    });
  });
});
