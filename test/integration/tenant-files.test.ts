/** What tenants keep and send is held in the record: exactly, however many send at once and through whichever replica. */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AssetRecords } from '../../src/modules/assets/asset-records.js';
import type { AssetsStore } from '../../src/modules/assets/assets.store.js';
import { TenantFiles } from '../../src/modules/assets/ledger/tenant-files.js';
import { Fault } from '../../src/platform/fault.js';
import { assetsStoreOn } from '../support/assets-store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { StoredJobs } from '../support/stored-jobs.js';

const hashOf = (name: string): string => createHash('sha256').update(name).digest('hex');
const fileOf = (name: string, sizeBytes: number) => ({
  sha256: hashOf(name),
  sizeBytes,
  mime: 'image/png',
  blake3: hashOf(`b3 ${name}`),
});

describe('the files of tenants, in the record', () => {
  let database: TestDatabase;
  let pools: pg.Pool[];
  let replicas: AssetsStore[];
  let files: TenantFiles;
  let records: AssetRecords;

  beforeAll(async () => {
    database = await createDatabase();
    pools = [0, 1].map(() => new pg.Pool({ connectionString: database.url, max: 4 }));
    replicas = pools.map((pool) => assetsStoreOn(pool));
    files = new TenantFiles(database.pool);
    records = new AssetRecords(database.pool);
  });
  afterAll(async () => {
    await Promise.all(pools.map(async (pool) => pool.end()));
    await database.drop();
  });
  beforeEach(async () =>
    database.pool.query(
      `TRUNCATE attempt, job, upload, asset_record, asset CASCADE; DELETE FROM tenant WHERE id <> 'default'; TRUNCATE tenant_file; UPDATE tenant_storage SET stored_bytes = 0`,
    ),
  );

  const tenant = async (id: string, stored: number | null, uploaded: number | null = null): Promise<void> => {
    await database.pool.query(
      'INSERT INTO tenant (id, max_stored_bytes, max_uploaded_bytes_per_day) VALUES ($1, $2, $3)',
      [id, stored, uploaded],
    );
  };
  const upload = async (owner: string, name: string, sizeBytes: number, at = 0): Promise<string> =>
    replicas[at % 2]!.keepUpload(fileOf(name, sizeBytes), owner).then(() => 'kept', codeOf);
  const useOf = async (id: string) => (await files.use(id)).get(id);
  /** What the counter says is what the rows add up to. */
  const kept = async (id: string): Promise<number> => {
    const { rows } = await database.pool.query<{ bytes: number }>(
      'SELECT COALESCE(sum(size_bytes), 0)::float8 AS bytes FROM tenant_file WHERE tenant_id = $1',
      [id],
    );
    expect((await useOf(id))?.storedBytes).toBe(rows[0]?.bytes);
    return rows[0]!.bytes;
  };
  const aged = async (): Promise<void> => {
    await database.pool.query(`UPDATE tenant_file SET noted_at = noted_at - interval '2 days'`);
  };
  const free = async (): Promise<number> => {
    let freed = 0;
    for await (const count of files.freeUnnamed(new Date(Date.now() - 86_400_000), 2)) freed += count;
    return freed;
  };

  it('takes as many bytes as fit and not one more, from 64 clients at two replicas', async () => {
    await tenant('tight', 1000);
    await tenant('free', null);
    const client = async (at: number): Promise<string[]> => {
      const answers: string[] = [];
      for (let no = 0; no < 4; no += 1) {
        answers.push(await upload('tight', `${at} ${no}`, 10, at + no));
        await upload('free', `${at} ${no}`, 10, at + no);
      }
      return answers;
    };
    const answers = (await Promise.all(Array.from({ length: 64 }, async (_, at) => client(at)))).flat();
    expect(answers.filter((answer) => answer === 'kept')).toHaveLength(100);
    expect(answers.filter((answer) => answer === 'storage_full')).toHaveLength(156);
    expect([await kept('tight'), await kept('free')]).toEqual([1000, 2560]);
  });

  it('counts one content once for each tenant, however many send it at once', async () => {
    await tenant('a', 100);
    await tenant('b', 100);
    const sends = Array.from({ length: 60 }, async (_, at) =>
      upload(at % 2 === 0 ? 'a' : 'b', 'same', 60, at >> 1),
    );
    expect(new Set(await Promise.all(sends))).toEqual(new Set(['kept']));
    expect([await kept('a'), await kept('b')]).toEqual([60, 60]);
    expect(await upload('a', 'other', 60)).toBe('storage_full');
    expect(await upload('a', 'same', 60)).toBe('kept');
  });

  it('lets a small file pass one that does not fit', async () => {
    await tenant('mixed', 100);
    const sends = Array.from({ length: 40 }, async (_, at) =>
      upload('mixed', `${at}`, at % 2 === 0 ? 1_000_000 : 5, at >> 1),
    );
    const answers = await Promise.all(sends);
    expect(answers.map((answer) => answer === 'kept')).toEqual(answers.map((_, at) => at % 2 === 1));
    expect(await kept('mixed')).toBe(100);
  });

  it('counts what is sent in a day, again when it is sent again, and begins anew with the day', async () => {
    await tenant('sending', null, 100);
    const sends = async (): Promise<number> => {
      const answers = await Promise.all(
        Array.from({ length: 64 }, async (_, at) => upload('sending', 'same', 10, at)),
      );
      expect(new Set(answers)).toEqual(new Set(['kept', 'quota_exceeded']));
      return answers.filter((answer) => answer === 'kept').length;
    };
    expect(await sends()).toBe(10);
    expect(await useOf('sending')).toEqual({ storedBytes: 10, uploadedBytesToday: 100 });
    expect(await codeOfKept(replicas[0]!.keepResult(fileOf('made', 500), 'sending'))).toBe('kept');
    await database.pool.query(`UPDATE tenant_storage SET day = day - 1 WHERE tenant_id = 'sending'`);
    expect(await sends()).toBe(10);
    expect(await kept('sending')).toBe(510);
  });

  it('counts results as they come, and none that does not fit', async () => {
    await tenant('making', 25);
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, at) =>
        codeOfKept(replicas[at % 2]!.keepResult(fileOf(`result ${at}`, 10), 'making')),
      ),
    );
    expect(answers.filter((answer) => answer === 'kept')).toHaveLength(2);
    expect(await kept('making')).toBe(20);
  });

  it('counts what a tenant without limits keeps and sends, whichever replicas take it in', async () => {
    await tenant('open', null);
    const sends = Array.from({ length: 40 }, async (_, at) => upload('open', `${at % 4}`, 10, at));
    expect(new Set(await Promise.all(sends))).toEqual(new Set(['kept']));
    expect(await useOf('open')).toEqual({ storedBytes: 40, uploadedBytesToday: 400 });
    expect(await kept('open')).toBe(40);
    await replicas[1]!.keepResult(fileOf('nobody', 10), null);
    expect(await replicas[1]!.find(hashOf('nobody'))).toMatchObject({ sizeBytes: 10 });
    expect(await codeOfKept(replicas[0]!.keepResult(fileOf('gone', 10), 'nowhere'))).toBe('kept');
  });

  it('holds to a limit that is set and lifted while files come, at every replica', async () => {
    await tenant('changing', null);
    const bound = async (bytes: number | null): Promise<void> => {
      await database.pool.query(`UPDATE tenant SET max_stored_bytes = $1 WHERE id = 'changing'`, [bytes]);
    };
    const sends = async (name: string): Promise<string[]> =>
      Promise.all(Array.from({ length: 10 }, async (_, at) => upload('changing', `${name} ${at}`, 10, at)));
    expect(new Set(await sends('free'))).toEqual(new Set(['kept']));
    await bound(130);
    expect((await sends('bound')).filter((answer) => answer === 'kept')).toHaveLength(3);
    expect(await kept('changing')).toBe(130);
    await bound(null);
    expect(new Set(await sends('free again'))).toEqual(new Set(['kept']));
    expect(await kept('changing')).toBe(230);
    await bound(230);
    expect(await sends('over')).not.toContain('kept');
    expect(await kept('changing')).toBe(230);
  });

  it('refuses the submits of who has no room left, and takes them again when there is some', async () => {
    const jobs = new StoredJobs(database.pool);
    const classId = await jobs.classOf('storing');
    await tenant('full', 10);
    expect((await jobs.insert(classId, { tenantId: 'full' })).inserted).toEqual({ ticket: null });
    await upload('full', 'one', 10);
    expect((await jobs.insert(classId, { tenantId: 'full' })).inserted).toEqual({
      exhausted: 'stored_bytes',
    });
    await aged();
    expect(await free()).toBe(1);
    expect((await jobs.insert(classId, { tenantId: 'full' })).inserted).toEqual({ ticket: null });
  });

  it('frees what no upload, record or job of the tenant names any more, whatever others keep', async () => {
    const jobs = new StoredJobs(database.pool);
    const classId = await jobs.classOf('keeping');
    for (const id of ['mine', 'theirs']) await tenant(id, null);
    for (const name of ['named', 'recorded', 'input', 'nobody', 'young'])
      for (const id of ['mine', 'theirs']) await upload(id, name, 10);
    await replicas[0]!.recordUpload('mine', 'named.png', hashOf('named'), null);
    await replicas[0]!.recordUpload('native:1234', 'nobody.png', hashOf('nobody'), 'theirs');
    await records.mint({
      id: uuidv7(),
      owner: 'mine',
      sha256: hashOf('recorded'),
      blake3: hashOf('b3 recorded'),
      filePath: 'a.png',
      contentType: 'image/png',
      sizeBytes: 10,
      tags: [],
      expiresAt: null,
    });
    const input = { templateHash: null, params: null, graph: '{}', extraData: null };
    const assets = [{ sha256: hashOf('input') }] as never;
    await jobs.insert(classId, { tenantId: 'mine', input: { ...input, assets } });
    await aged();
    await upload('mine', 'young', 10);
    expect(await free()).toBe(5);
    const { rows } = await database.pool.query<{ tenant: string; sha256: string }>(
      'SELECT tenant_id AS tenant, sha256 FROM tenant_file ORDER BY 1',
    );
    expect(rows.map(({ tenant: id }) => id)).toEqual(['mine', 'mine', 'mine', 'mine', 'theirs']);
    expect([await kept('mine'), await kept('theirs')]).toEqual([40, 10]);
    expect(rows.at(-1)?.sha256).toBe(hashOf('nobody'));
  });

  it('frees a record that is deleted at once, unless something else needs the bytes', async () => {
    await tenant('deleting', 10);
    const record = async (filePath: string): Promise<string> => {
      const id = uuidv7();
      await records.mint({
        id,
        owner: 'deleting',
        sha256: hashOf('one'),
        blake3: hashOf('b3 one'),
        filePath,
        contentType: 'image/png',
        sizeBytes: 10,
        tags: [],
        expiresAt: null,
      });
      return id;
    };
    await upload('deleting', 'one', 10);
    const [first, second] = [await record('a.png'), await record('b.png')];
    expect(await records.remove('deleting', first)).toBe(true);
    expect(await kept('deleting')).toBe(10);
    // It is being sent anew: what comes of that is not known yet.
    await upload('deleting', 'one', 10);
    expect(await records.remove('deleting', second)).toBe(true);
    expect(await kept('deleting')).toBe(10);
    const third = await record('c.png');
    expect(await records.remove('deleting', third)).toBe(true);
    expect(await records.remove('deleting', third)).toBe(false);
    expect(await kept('deleting')).toBe(0);
    expect(await upload('deleting', 'other', 10)).toBe('kept');
  });

  it('stays right while files are sent, freed and deleted at the same time', async () => {
    await tenant('busy', 200);
    const over = new AbortController();
    const most = async (): Promise<number> => {
      let seen = 0;
      while (!over.signal.aborted) seen = Math.max(seen, (await useOf('busy'))?.storedBytes ?? 0);
      return seen;
    };
    const freeing = async (): Promise<void> => {
      while (!over.signal.aborted) for await (const _ of files.freeUnnamed(new Date(Date.now() + 60_000), 5));
    };
    const watching = most();
    const janitors = [freeing(), freeing()];
    const client = async (at: number): Promise<number> => {
      let sent = 0;
      for (let no = 0; no < 12; no += 1)
        if ((await upload('busy', `${(at * 7 + no) % 40}`, 10, at)) === 'kept') sent += 1;
      return sent;
    };
    const sent = await Promise.all(Array.from({ length: 64 }, async (_, at) => client(at)));
    over.abort();
    await Promise.all(janitors);
    expect(await watching).toBeLessThanOrEqual(200);
    expect(sent.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(20);
    await aged();
    await free();
    expect(await kept('busy')).toBe(0);
  });
});

const codeOf = (error: unknown): string => {
  if (error instanceof Fault) return error.code;
  throw error;
};
const codeOfKept = async (keeping: Promise<unknown>): Promise<string> => keeping.then(() => 'kept', codeOf);
