/** What every driver of `Storage` promises, as tests. */
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { buffer, text } from 'node:stream/consumers';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { Storage } from '../../src/platform/storage/index.js';

export interface StorageUnderTest {
  storage: Storage;
  /** Does what a put does until the process dies in it. */
  leaveHalfWritten(): Promise<void>;
}

const maxBytes = 50_000_000;
const distantFuture = new Date(Date.now() + 3_600_000);
/** More than two parts of a multipart upload. */
const largeBytes = 20_000_001;

/** `open` answers an empty storage. */
export function testStorage(open: () => Promise<StorageUnderTest>): void {
  let opened: StorageUnderTest;
  let storage: Storage;

  beforeEach(async () => {
    opened = await open();
    storage = opened.storage;
  });

  async function expectNothingLeft(): Promise<void> {
    expect(await storage.removeUnfinished(distantFuture)).toBe(0);
    expect(await hashesIn(storage)).toEqual([]);
  }

  test('what was put comes back, under its hash, whatever the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), async (chunks) => {
        const bytes = Buffer.concat(chunks);
        const stored = await storage.put(chunksOf(...chunks), { maxBytes });
        expect(stored).toEqual({ sha256: hashOf(bytes), sizeBytes: bytes.length });
        expect(await buffer(await storage.get(stored.sha256))).toEqual(bytes);
      }),
      { numRuns: 25 },
    );
  });

  test('a large one too, and nothing of its transfer is left beside it', async () => {
    const bytes = randomBytes(largeBytes);
    const stored = await storage.put(slicesOf(bytes, 700_001), { maxBytes });
    expect(stored).toEqual({ sha256: hashOf(bytes), sizeBytes: largeBytes });
    expect(hashOf(await buffer(await storage.get(stored.sha256)))).toBe(stored.sha256);
    expect(await storage.stat(stored.sha256)).toMatchObject(stored);
    expect(await storage.removeUnfinished(distantFuture)).toBe(0);
    expect(await hashesIn(storage)).toEqual([stored.sha256]);
  });

  test('the mark of a site is kept beside the objects, and the newest counts', async () => {
    expect(await storage.readMark()).toBeUndefined();
    await storage.writeMark('one');
    await storage.writeMark('other');
    expect(await storage.readMark()).toBe('other');
    await expectNothingLeft();
  });

  test('a range is the bytes it names, both ends included', async () => {
    const { sha256 } = await storage.put(chunksOf('0123456789'), { maxBytes });
    expect(await text(await storage.get(sha256, { start: 3, end: 5 }))).toBe('345');
    expect(await text(await storage.get(sha256, { start: 0, end: 0 }))).toBe('0');
  });

  test('a put that fails, early or late, leaves nothing behind', async () => {
    await expect(storage.put(failingAfter('half'), { maxBytes })).rejects.toThrow('the line broke');
    await expect(storage.put(failingAfter(randomBytes(largeBytes)), { maxBytes })).rejects.toThrow(
      'the line broke',
    );
    await expectNothingLeft();
  });

  test('a put that is too large, early or late, is refused and leaves nothing behind', async () => {
    const tooLarge = { code: 'payload_too_large' };
    await expect(storage.put(chunksOf('12345', '6'), { maxBytes: 5 })).rejects.toMatchObject(tooLarge);
    const large = slicesOf(randomBytes(largeBytes), 1_000_000);
    await expect(storage.put(large, { maxBytes: largeBytes - 1 })).rejects.toMatchObject(tooLarge);
    await expectNothingLeft();
  });

  test('a put that is given up, early or late, rejects with the reason and leaves nothing behind', async () => {
    const givenUp = AbortSignal.abort(new Error('given up'));
    await expect(storage.put(chunksOf('1'), { maxBytes, signal: givenUp })).rejects.toThrow('given up');
    const late = new AbortController();
    const source = slicesOf(
      randomBytes(largeBytes),
      1_000_000,
      (sent) => sent > 17_000_000 && late.abort(new Error('given up')),
    );
    await expect(storage.put(source, { maxBytes, signal: late.signal })).rejects.toThrow('given up');
    await expectNothingLeft();
  });

  test('a source is told when its put ends before it does', async () => {
    let told = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from('123456');
      } finally {
        told = true;
      }
    }
    await expect(storage.put(source(), { maxBytes: 10 })).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    expect(told).toBe(true);
  });

  test('equal bytes put at once are one object', async () => {
    const puts = await Promise.all(
      Array.from({ length: 8 }, () => storage.put(chunksOf('same'), { maxBytes })),
    );
    expect(new Set(puts.map(({ sha256 }) => sha256)).size).toBe(1);
    expect(await hashesIn(storage)).toHaveLength(1);
  });

  test('an object put again is as young as its last put, so that a cleaner leaves it', async () => {
    const { sha256 } = await storage.put(chunksOf('x'), { maxBytes });
    const first = (await storage.stat(sha256))?.writtenAt ?? new Date();
    expect(await storage.delete(sha256, new Date(0))).toBe(false);
    // A store may tell whole seconds only.
    const deadlineMs = performance.now() + 10_000;
    for (let renewed = first; renewed <= first; renewed = (await storage.stat(sha256))?.writtenAt ?? first) {
      expect(performance.now()).toBeLessThan(deadlineMs);
      await sleep(100);
      await storage.put(chunksOf('x'), { maxBytes });
    }
    expect(await storage.delete(sha256, first)).toBe(false);
    expect(await storage.delete(sha256, distantFuture)).toBe(true);
    expect(await storage.stat(sha256)).toBeUndefined();
    expect(await storage.delete(sha256, distantFuture)).toBe(true);
  });

  test('an unknown hash, and a name that is none, are not found', async () => {
    expect(await storage.stat('0'.repeat(64))).toBeUndefined();
    await expect(storage.get('0'.repeat(64))).rejects.toMatchObject({ code: 'not_found' });
    await expect(storage.get('../../etc/passwd')).rejects.toMatchObject({ code: 'not_found' });
    expect(await storage.delete('../../etc/passwd', new Date())).toBe(true);
  });

  test('what a crash left half written is no object, and is removed once it is old', async () => {
    await opened.leaveHalfWritten();
    expect(await hashesIn(storage)).toEqual([]);
    expect(await storage.removeUnfinished(new Date(0))).toBe(0);
    expect(await storage.removeUnfinished(distantFuture)).toBe(1);
    expect(await storage.removeUnfinished(distantFuture)).toBe(0);
  });
}

async function hashesIn(storage: Storage): Promise<string[]> {
  const names: string[] = [];
  for await (const { sha256 } of storage.list()) names.push(sha256);
  return names;
}

async function* chunksOf(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

async function* slicesOf(
  bytes: Buffer,
  sliceBytes: number,
  onSent?: (sentBytes: number) => unknown,
): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += sliceBytes) {
    yield bytes.subarray(start, start + sliceBytes);
    onSent?.(start + sliceBytes);
  }
}

async function* failingAfter(chunk: string | Buffer): AsyncGenerator<Uint8Array> {
  yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  throw new Error('the line broke');
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
