import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { PNG } from 'pngjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AssetsService } from '../../src/modules/assets/assets.service.js';
import { ComfyClient } from '../../src/modules/comfyui/index.js';
import { FileStorage } from '../../src/platform/storage/index.js';
import { type SimulatedNode, startSimulatedNode } from '../../src/programs/simulator/index.js';
import { assetsStoreOn } from '../support/assets-store.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let assets: AssetsService;
let storage: FileStorage;
let folder: string;
let node: SimulatedNode;
let client: ComfyClient;

const distantFuture = new Date(Date.now() + 3_600_000);
const maxBytes = 1_000_000;

beforeAll(async () => {
  node = await startSimulatedNode({});
  client = new ComfyClient({ baseUrl: new URL(node.url) });
});
afterAll(async () => {
  await client.close();
  await node.stop();
});

beforeEach(async () => {
  database = await createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'assets-'));
  storage = new FileStorage(folder);
  assets = new AssetsService(assetsStoreOn(database.pool), storage);
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

let shade = 0;

/** A picture unlike any before. */
function picture(): Buffer {
  const png = new PNG({ width: 16, height: 16 });
  png.data.fill((shade += 1));
  png.data.writeUInt32BE(shade, 0);
  return PNG.sync.write(png);
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 64) yield bytes.subarray(at, at + 64);
}

function store(bytes: Uint8Array) {
  return assets.storeUpload(streamOf(bytes), { maxBytes, accept: 'image', owner: null });
}

async function bytesOf(sha256: string): Promise<Buffer> {
  return buffer(await assets.open(sha256));
}

describe('uploads', () => {
  test('of one name: the newest counts, of each tenant its own', async () => {
    const [first, second, foreign] = [await store(picture()), await store(picture()), await store(picture())];
    await assets.recordUpload('test.jpg', first.sha256);
    await assets.recordUpload('test.jpg', second.sha256);
    await assets.recordUpload('test.jpg', foreign.sha256, 'other');
    expect((await assets.findUpload('test.jpg'))?.sha256).toBe(second.sha256);
    expect((await assets.findUpload('test.jpg', 'other'))?.sha256).toBe(foreign.sha256);
    expect(await assets.findUpload('none.jpg')).toBeNull();
  });

  test('of one content are one asset, however many come at once', async () => {
    const bytes = picture();
    const stored = await Promise.all(Array.from({ length: 6 }, () => store(bytes)));
    expect(new Set(stored.map(({ sha256 }) => sha256)).size).toBe(1);
    expect(await database.pool.query('select from asset')).toMatchObject({ rowCount: 1 });
    expect(await assets.find(stored[0]?.sha256 ?? '')).toMatchObject({
      mime: 'image/png',
      sizeBytes: bytes.length,
    });
  });
});

describe('a node', () => {
  test('gets an input once under a name made of its content, and again when its files are forgotten', async () => {
    const bytes = picture();
    const { sha256 } = await store(bytes);
    const expected = `comfymux/${sha256.slice(0, 32)}.png`;
    expect(await Promise.all([assets.placeOn(client, sha256), assets.placeOn(client, sha256)])).toEqual([
      expected,
      expected,
    ]);
    const placed = await client.view({ filename: expected.slice(9), subfolder: 'comfymux', type: 'input' });
    expect(await buffer(placed.body)).toEqual(bytes);
    assets.forgetPlacements(client);
    expect(await assets.placeOn(client, sha256)).toBe(expected);
  });

  test('that holds other bytes under that name gets another name, which is the one answered', async () => {
    const { sha256 } = await store(picture());
    await client.upload({
      filename: `${sha256.slice(0, 32)}.png`,
      subfolder: 'comfymux',
      content: Buffer.from('other'),
    });
    expect(await assets.placeOn(client, sha256)).toBe(`comfymux/${sha256.slice(0, 32)} (1).png`);
  });

  test('that is away is told as such, and is asked again', async () => {
    const away = new ComfyClient({ baseUrl: new URL('http://127.0.0.1:9') });
    const { sha256 } = await store(picture());
    await expect(assets.placeOn(away, sha256)).rejects.toMatchObject({ kind: 'not_sent' });
    await expect(assets.placeOn(away, sha256)).rejects.toMatchObject({ kind: 'not_sent' });
    await away.close();
  });

  test('gives its files into storage, up to a size', async () => {
    const bytes = picture();
    const file = await client.upload({
      filename: `${randomUUID()}.png`,
      subfolder: '',
      content: bytes,
      type: 'output',
    });
    const collected = await assets.collectOutput(client, file, { owner: null });
    expect(collected).toMatchObject({ mime: 'image/png', sizeBytes: bytes.length });
    expect(await bytesOf(collected.sha256)).toEqual(bytes);
    await expect(assets.collectOutput(client, file, { owner: null, maxBytes: 10 })).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    await expect(
      assets.collectOutput(client, { ...file, filename: 'none.png' }, { owner: null }),
    ).rejects.toMatchObject({
      status: 404,
    });
  });

  test('that has an input of a name is asked for it once', async () => {
    const away = new ComfyClient({ baseUrl: new URL('http://127.0.0.1:9') });
    const bytes = picture();
    const { filename } = await client.upload({
      filename: `${randomUUID()}.png`,
      subfolder: 'album',
      content: bytes,
    });
    const adopted = await assets.adoptInput([away, client], `album/${filename}`, maxBytes);
    expect(await bytesOf(adopted?.sha256 ?? '')).toEqual(bytes);
    expect((await assets.findUpload(`album/${filename}`))?.sha256).toBe(adopted?.sha256);
    expect(await assets.adoptInput([away, client], 'never.png', maxBytes)).toBeNull();
    await away.close();
  });
});

describe('cleaning', () => {
  async function removeOrphans(olderThan: Date): Promise<number> {
    let removed = 0;
    // Pages of one, so that the walk over them is part of every case.
    for await (const page of assets.removeOrphans(olderThan, 1)) removed += page;
    return removed;
  }

  async function removeStrays(olderThan: Date): Promise<number> {
    let removed = 0;
    for await (const page of assets.removeStrays(olderThan)) removed += page;
    return removed;
  }

  test('removes what nothing names, once it is old; uploads and results stay', async () => {
    const [orphan, named, young] = [await store(picture()), await store(picture()), await store(picture())];
    await assets.recordUpload('kept.png', named.sha256);
    expect(await removeOrphans(new Date(0))).toBe(0);
    await database.pool.query('update asset set created_at = $1 where sha256 <> $2', [
      distantFuture,
      orphan.sha256,
    ]);
    expect(await removeOrphans(new Date(Date.now() + 60_000))).toBe(1);
    expect(await assets.find(orphan.sha256)).toBeNull();
    await expect(assets.open(orphan.sha256)).rejects.toMatchObject({ code: 'not_found' });
    expect(await bytesOf(named.sha256)).toHaveLength(named.sizeBytes);
    expect(await assets.find(young.sha256)).not.toBeNull();
  });

  test('removes files that a crash left unknown to the database, once they are old', async () => {
    const known = await store(picture());
    const stray = await storage.put(streamOf(picture()), { maxBytes });
    await removeStrays(new Date(0));
    expect(await storage.stat(stray.sha256)).toBeDefined();
    expect(await removeStrays(distantFuture)).toBe(1);
    expect(await storage.stat(stray.sha256)).toBeUndefined();
    expect(await bytesOf(known.sha256)).toHaveLength(known.sizeBytes);
  });

  test("removes nothing from a storage that looks like another database's", async () => {
    const strays = [];
    for (let count = 0; count < 21; count += 1)
      strays.push(await storage.put(streamOf(picture()), { maxBytes }));
    await expect(removeStrays(distantFuture)).rejects.toThrow('21 of 21 stored files are unknown');
    for (const { sha256 } of strays) expect(await storage.stat(sha256)).toBeDefined();
  });

  test('leaves a file that came again while it was an orphan', async () => {
    const bytes = picture();
    const { sha256 } = await store(bytes);
    const beforeItCameAgain = new Date();
    await store(bytes);
    expect(await removeOrphans(beforeItCameAgain)).toBe(0);
    expect(await bytesOf(sha256)).toEqual(bytes);
  });
});
