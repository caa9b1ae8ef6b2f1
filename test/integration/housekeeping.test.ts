/** What nobody refers to any more does not pile up, and what somebody still uses stays. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssetRecords } from '../../src/modules/assets/asset-records.js';
import type { AssetsStore } from '../../src/modules/assets/assets.store.js';
import { ArchiveStore } from '../../src/modules/jobs/record/archive/archive.store.js';
import { createPool } from '../../src/platform/database/index.js';
import { createLogger } from '../../src/platform/logging/index.js';
import { assetsStoreOn } from '../support/assets-store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { StoredJobs } from '../support/stored-jobs.js';

describe('housekeeping', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let stored: StoredJobs;
  let assets: AssetsStore;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool({ url: database.url, poolSize: 4, log: createLogger({ level: 'silent' }) });
    stored = new StoredJobs(pool);
    assets = assetsStoreOn(pool);
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  it('forgets classes without a recent job, but no young, used or quarantined one', async () => {
    const [unused, used, quarantined] = [
      await stored.classOf('unused'),
      await stored.classOf('used'),
      await stored.classOf('quarantined'),
    ];
    await stored.submit(used);
    await pool.query(`UPDATE sched_class SET created_at = now() - interval '2 days'`);
    await pool.query(`UPDATE sched_class SET quarantined_reason = 'poison' WHERE id = $1`, [quarantined]);
    const young = await stored.classOf('young');
    expect(await stored.intake.forgetClasses(10)).toBe(1);
    const { rows } = await pool.query<{ id: number }>('SELECT id FROM sched_class ORDER BY id');
    expect(rows.map(({ id }) => id)).toEqual([used, quarantined, young]);
    // Nobody submits what is quarantined.
    await expect(stored.insert(quarantined)).resolves.toMatchObject({ inserted: { quarantined: 'poison' } });
    // A submit that still has its id is told, instead of failing.
    await expect(stored.insert(unused)).resolves.toMatchObject({ inserted: 'classless' });
    expect(await stored.classOf('unused')).not.toBe(unused);
  });

  it('forgets assets of Comfy API v2 when their time is over, and then their bytes', async () => {
    const records = new AssetRecords(pool);
    const mint = async (name: string, expiresAt: Date | null): Promise<void> => {
      await assets.keepUpload({ sha256: name, sizeBytes: 1, mime: 'image/png', blake3: name }, null);
      const file = { sha256: name, blake3: name, filePath: name, contentType: 'image/png', sizeBytes: 1 };
      await records.mint({ id: randomUUID(), owner: 'default', tags: [], expiresAt, ...file });
    };
    const over = new Date(Date.now() - 1_000);
    for (const name of ['over 1', 'over 2', 'over 3']) await mint(name, over);
    await mint('kept', null);
    await mint('young', new Date(Date.now() + 60_000));
    // What has expired is not there for its owner even before it is removed.
    expect(await records.findByHash('default', 'over 1')).toBeNull();
    const pages = [];
    for await (const forgotten of records.forgetExpired(2)) pages.push(forgotten);
    expect(pages).toEqual([2, 1]);
    const { rows } = await pool.query('SELECT file_path FROM asset_record ORDER BY 1');
    expect(rows).toEqual([{ file_path: 'kept' }, { file_path: 'young' }]);
    await pool.query(`UPDATE asset SET created_at = now() - interval '2 days'`);
    const { deleted } = await assets.deleteUnreferenced(new Date(), 100);
    expect(deleted.toSorted()).toEqual(['over 1', 'over 2', 'over 3']);
  });

  it('forgets what a name of an upload meant before, and unused uploads only when told to', async () => {
    const anHour = { ago: `interval '1 hour'` };
    const aYear = { ago: `interval '1 year'` };
    const upload = async (name: string, sha256: string, { ago }: { ago: string }): Promise<void> => {
      await assets.keepUpload({ sha256, sizeBytes: 1, mime: 'image/png', blake3: null }, null);
      await assets.recordUpload('default', name, sha256, null);
      await pool.query(`UPDATE upload SET created_at = now() - ${ago} WHERE sha256 = $1`, [sha256]);
    };
    await upload('replaced long ago', 'r1', aYear);
    await upload('replaced long ago', 'r2', { ago: `interval '2 days'` });
    await upload('just replaced', 'j1', aYear);
    await upload('just replaced', 'j2', anHour);
    await upload('used', 'u1', aYear);
    await upload('used by an archived job', 'u2', aYear);
    const jobIds: string[] = [];
    for (const sha256 of ['u1', 'u2']) {
      const input = { node: '1', field: 'image', sha256 };
      const id = await stored.submit(await stored.classOf('used'), {
        input: { templateHash: null, params: null, graph: '{}', assets: [input], extraData: null },
      });
      jobIds.push(id);
    }
    await stored.jobs.requestCancel(jobIds[1]!);
    for await (const moved of new ArchiveStore(pool).move(0)) expect(moved).toBe(1);

    const forget = async (unusedDays: number): Promise<number> => {
      let forgotten = 0;
      for (let after: string | null = '0'; after !== null;) {
        const page = await assets.forgetUploads(unusedDays, 2, after);
        forgotten += page.forgotten;
        after = page.last;
      }
      return forgotten;
    };
    const left = async () =>
      (await pool.query<{ sha256: string }>('SELECT sha256 FROM upload ORDER BY sha256')).rows.map(
        (row) => row.sha256,
      );
    expect(await forget(0)).toBe(1);
    expect(await left()).toEqual(['j1', 'j2', 'r2', 'u1', 'u2']);
    await upload('unused', 'x', aYear);
    expect(await forget(30)).toBe(2);
    expect(await left()).toEqual(['j2', 'r2', 'u1', 'u2']);
  });
});
