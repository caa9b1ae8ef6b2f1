import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileStorage } from './file-storage.js';
import { openStorage } from './open-storage.js';

let root: string;
let storage: FileStorage;
const maxBytes = 1_000_000;
const distantFuture = new Date(Date.now() + 60_000);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'storage-'));
  storage = new FileStorage(root);
});
afterEach(() => rm(root, { recursive: true }));

async function* chunksOf(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half');
  throw new Error('the line broke');
}

async function listed(): Promise<string[]> {
  const names: string[] = [];
  for await (const { sha256 } of storage.list()) names.push(sha256);
  return names;
}

test('what was put comes back, under its hash, whatever the chunks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), async (chunks) => {
      const bytes = Buffer.concat(chunks);
      const stored = await storage.put(chunksOf(...chunks), { maxBytes });
      expect(stored).toEqual({
        sha256: createHash('sha256').update(bytes).digest('hex'),
        sizeBytes: bytes.length,
      });
      expect(await buffer(await storage.get(stored.sha256))).toEqual(bytes);
    }),
    { numRuns: 25 },
  );
});

test('a range is the bytes it names, both ends included', async () => {
  const { sha256 } = await storage.put(chunksOf('0123456789'), { maxBytes });
  expect(await text(await storage.get(sha256, { start: 3, end: 5 }))).toBe('345');
});

test('a put that fails, is too large or is given up leaves nothing behind', async () => {
  await expect(storage.put(failing(), { maxBytes })).rejects.toThrow('the line broke');
  await expect(storage.put(chunksOf('12345', '6'), { maxBytes: 5 })).rejects.toMatchObject({
    code: 'payload_too_large',
  });
  const signal = AbortSignal.abort(new Error('given up'));
  await expect(storage.put(chunksOf('1'), { maxBytes, signal })).rejects.toThrow('given up');
  expect(await readdir(join(root, 'unfinished'))).toEqual([]);
  expect(await listed()).toEqual([]);
});

test('equal bytes put at once are one object', async () => {
  const puts = await Promise.all(
    Array.from({ length: 8 }, () => storage.put(chunksOf('same'), { maxBytes })),
  );
  expect(new Set(puts.map(({ sha256 }) => sha256)).size).toBe(1);
  expect(await listed()).toHaveLength(1);
});

test('an object put again is as young as its last put, so that a cleaner leaves it', async () => {
  const { sha256 } = await storage.put(chunksOf('x'), { maxBytes });
  const path = join(root, 'sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  await utimes(path, new Date(0), new Date(0));
  await storage.put(chunksOf('x'), { maxBytes });
  expect(await storage.delete(sha256, new Date(1))).toBe(false);
  expect(await storage.delete(sha256, distantFuture)).toBe(true);
  expect(await storage.stat(sha256)).toBeUndefined();
  expect(await storage.delete(sha256, distantFuture)).toBe(true);
});

test('an unknown hash, and a name that is none, are not found', async () => {
  await expect(storage.get('0'.repeat(64))).rejects.toMatchObject({ code: 'not_found' });
  await expect(storage.get('../../etc/passwd')).rejects.toMatchObject({ code: 'not_found' });
});

test('what a crash left half written is removed once it is old', async () => {
  await mkdir(join(root, 'unfinished'), { recursive: true });
  const path = join(root, 'unfinished', 'left');
  await writeFile(path, 'half');
  expect(await storage.removeUnfinished(new Date(0))).toBe(0);
  expect(await storage.removeUnfinished(distantFuture)).toBe(1);
  expect(await readdir(join(root, 'unfinished'))).toEqual([]);
});

test('STORAGE_URL names a folder; another scheme is refused by name', async () => {
  for (const url of [pathToFileURL(root).href, `file:${root}`]) {
    const { sha256 } = await openStorage(url).put(chunksOf('y'), { maxBytes });
    expect(await storage.stat(sha256)).toMatchObject({ sizeBytes: 1 });
  }
  expect(() => openStorage('s3://bucket/prefix')).toThrow(
    /"s3:", which is not supported; supported is file:/,
  );
});
