/** The chores of housekeeping over rows that a restored or older database may hold: each ends, does not throw, and treats the good rows as ever. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditStore } from '../../../src/modules/access/audit/audit.store.js';
import { AssetRecords } from '../../../src/modules/assets/asset-records.js';
import { AssetsService } from '../../../src/modules/assets/assets.service.js';
import { TenantFiles } from '../../../src/modules/assets/ledger/tenant-files.js';
import { DeliveriesStore } from '../../../src/modules/deliveries/deliveries.store.js';
import { BatchesStore } from '../../../src/modules/jobs/batches/batches.store.js';
import { ArchiveStore } from '../../../src/modules/jobs/record/archive/archive.store.js';
import { createPool } from '../../../src/platform/database/index.js';
import { createLogger } from '../../../src/platform/logging/index.js';
import { FileStorage } from '../../../src/platform/storage/file-storage.js';
import { assetsStoreOn } from '../../support/assets-store.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { StoredJobs } from '../../support/stored-jobs.js';
import { access, batches, cluster, deliveries, files } from './poisoned/around.js';
import { endedJobs } from './poisoned/attempts.js';

let database: TestDatabase;
let pool: pg.Pool;
let folder: string;
let assets: AssetsService;
let good: string;
let ids: string[];

const count = async (what: string): Promise<number> =>
  Number((await pool.query<{ count: string }>(`SELECT count(*) FROM ${what}`)).rows[0]!.count);

async function done(batchesOf: AsyncIterable<number>): Promise<number> {
  let sum = 0;
  for await (const each of batchesOf) sum += each;
  return sum;
}

beforeAll(async () => {
  database = await createDatabase();
  pool = createPool({ url: database.url, poolSize: 4, log: createLogger({ level: 'silent' }) });
  folder = await mkdtemp(join(tmpdir(), 'comfymux-chores-'));
  assets = new AssetsService(assetsStoreOn(pool), new FileStorage(folder));
  const stored = new StoredJobs(pool);
  const classId = await stored.classOf('a');
  const ended = async (): Promise<string> => {
    const id = await stored.submit(classId);
    await stored.jobs.requestCancel(id);
    return id;
  };
  good = await ended();
  ids = [];
  for (const [, sql] of endedJobs) {
    const id = await ended();
    ids.push(id);
    await pool.query(
      `WITH told AS (INSERT INTO job_run (job_id, outputs, messages, meta) VALUES ($1, '{}', '[]', '{}')),
         prompted AS (INSERT INTO job_prompt (job_id, place, targets) VALUES ($1, 'p', '{}')),
         run AS (INSERT INTO attempt (prompt_id, job_id, no, node_id, owner, state, outcome, closed_at)
           VALUES (gen_random_uuid(), $1, 1, 'n', gen_random_uuid(), 'closed', 'ok', now()))
       INSERT INTO job_output (job_id, ordinal, prompt_id, node_id, key, filename, subfolder, type, container, is_video, mime, sha256, size_bytes, raw)
       VALUES ($1, 0, gen_random_uuid(), '1', 'images', 'a.png', '', 'output', 'png', FALSE, 'image/png', repeat('a', 64), 1, '{}')`,
      [id],
    );
    await pool.query(sql, [id]);
  }
  await pool.query(`INSERT INTO tenant (id) VALUES ('odd')`);
  for (const sql of [...batches, ...deliveries, ...access, ...files, ...cluster])
    await pool.query(sql, sql.includes('$1') ? [good] : []);
  // The ends of their types, where something is added to them or taken away.
  await pool.query(
    `INSERT INTO usage_day (day, tenant_id, workflow, jobs, runs, gpu_ms, input_bytes, output_bytes)
     SELECT (finished_at AT TIME ZONE 'UTC')::date, 'default', '', 9223372036854775807, 9223372036854775807, 1.7e308, 1.7e308, 'NaN' FROM job WHERE id = $1`,
    [good],
  );
  await pool.query(
    `INSERT INTO tenant_storage (tenant_id, stored_bytes) VALUES ('default', 9223372036854775807) ON CONFLICT (tenant_id) DO UPDATE SET stored_bytes = 9223372036854775807`,
  );
  await pool.query(
    `INSERT INTO tenant_file (tenant_id, sha256, size_bytes, noted_at) VALUES ('default', '../older', -9223372036854775808, '-infinity')`,
  );
});
afterAll(async () => {
  await pool.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

it('moves to the archive what has ended, but for ends that no clock has told', async () => {
  expect(await done(new ArchiveStore(pool).move(0))).toBeGreaterThan(0);
  expect(await count(`archive.job WHERE id = '${good}'`)).toBe(1);
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM job');
  // Infinite, before the common era, and in the far future.
  expect(rows.map(({ id }) => id).filter((id) => ids.includes(id))).toHaveLength(4);
  expect(await count(`usage_day WHERE jobs = 9223372036854775807 AND workflow = ''`)).toBe(1);
});

it('forgets batches whose jobs are gone, and keeps those of jobs that are there', async () => {
  await done(new BatchesStore(pool).forget(new Date()));
  expect(await count(`batch WHERE '${good}' = ANY (job_ids)`)).toBeGreaterThan(0);
  expect(await count(`batch WHERE job_ids = '{}' AND created_at < now()`)).toBe(0);
});

it('frees what tenants do not keep, within what can be counted', async () => {
  expect(await done(new TenantFiles(pool).freeUnnamed(new Date()))).toBeGreaterThan(0);
  expect(await count(`tenant_storage WHERE tenant_id = 'default' AND stored_bytes >= 0`)).toBe(1);
});

it('removes files that nothing names, also behind those whose names are none', async () => {
  const { sha256 } = await assets.keepText('of nobody', { owner: 'default' });
  await pool.query(`DELETE FROM upload; UPDATE asset SET created_at = '-infinity'; DELETE FROM asset_record`);
  expect(await done(assets.removeOrphans(new Date(Date.now() + 60_000)))).toBeGreaterThan(1);
  expect(await count('asset')).toBe(0);
  expect(await new FileStorage(folder).stat(sha256)).toBeUndefined();
});

it('does the other chores', async () => {
  await expect(done(assets.forgetUploads(1))).resolves.toBeGreaterThanOrEqual(0);
  await expect(done(assets.removeStrays(new Date()))).resolves.toBeGreaterThanOrEqual(0);
  await expect(done(new AssetRecords(pool).forgetExpired())).resolves.toBeGreaterThanOrEqual(0);
  await done(new AuditStore(pool).forget(new Date()));
  expect(await count(`audit WHERE at = '-infinity'`)).toBe(0);
  expect(await count(`audit WHERE at = 'infinity'`)).toBe(1);
  await expect(new DeliveriesStore(pool).forgetOld()).resolves.toBeGreaterThanOrEqual(0);
});
