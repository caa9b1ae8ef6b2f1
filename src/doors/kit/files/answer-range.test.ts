import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerRange, type ServedFile } from './answer-range.js';
import { contentDisposition } from './content-disposition.js';
import { createHttpAdapter } from '../port/http-adapter.js';

const adapter = createHttpAdapter({ bodyLimitBytes: 1000 });
const instance = adapter.getInstance();
const text = '0123456789';
const file: ServedFile = {
  sizeBytes: 10,
  etag: '"e"',
  lastModified: new Date(0),
  contentType: 'video/mp4',
  disposition: 'inline',
};
/** As a row may tell them of a file of ten bytes. */
const sizes = new Map([
  ['/negative', -1],
  ['/none', Number.NaN],
  ['/endless', 2 ** 63],
  ['/longer', 20],
  ['/shorter', 3],
]);
const hugeBytes = 1024 ** 4;
let base: string;
let readBytes = 0;
let hugeStream: Readable | undefined;

function endless(): Readable {
  hugeStream = new Readable({
    highWaterMark: 65_536,
    read() {
      readBytes += 65_536;
      this.push(Buffer.alloc(65_536));
    },
  });
  return hugeStream;
}

beforeAll(async () => {
  instance.get('/file', async (request: FastifyRequest, reply: FastifyReply) => {
    await answerRange(request, reply, file, async (range) =>
      Readable.from(Buffer.from(range ? text.slice(range.start, range.end + 1) : text)),
    );
    return reply;
  });
  instance.get('/gone', async (request: FastifyRequest, reply: FastifyReply) => {
    await answerRange(request, reply, file, () => Promise.reject(new Error('gone')));
    return reply;
  });
  instance.get('/huge', async (request: FastifyRequest, reply: FastifyReply) => {
    await answerRange(request, reply, { ...file, sizeBytes: hugeBytes }, async () => endless());
    return reply;
  });
  for (const [path, sizeBytes] of sizes)
    instance.get(path, async (request: FastifyRequest, reply: FastifyReply) => {
      await answerRange(request, reply, { ...file, sizeBytes }, async () => Readable.from(Buffer.from(text)));
      return reply;
    });
  base = await instance.listen({ port: 0, host: '127.0.0.1' });
});

afterAll(() => instance.close());

async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(base + path, { headers, method });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

test('a file comes whole, in part, or not at all, with the headers that say so', async () => {
  const whole = await get('/file');
  expect([whole.status, whole.body, whole.headers.get('accept-ranges')]).toEqual([200, text, 'bytes']);
  const part = await get('/file', { range: 'bytes=2-4' });
  expect([part.status, part.body, part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10']);
  expect(part.headers.get('content-length')).toBe('3');
  const outside = await get('/file', { range: 'bytes=10-' });
  expect([outside.status, outside.body, outside.headers.get('content-range')]).toEqual([
    416,
    '',
    'bytes */10',
  ]);
  const known = await get('/file', { 'if-none-match': '"e"' });
  expect([known.status, known.body, known.headers.get('etag')]).toEqual([304, '', '"e"']);
});

test('HEAD tells the length and opens nothing', async () => {
  const head = await get('/gone', {}, 'HEAD');
  expect([head.status, head.headers.get('content-length'), head.headers.get('content-type')]).toEqual([
    200,
    '10',
    'video/mp4',
  ]);
});

test('a file that cannot be opened leaves none of its headers on the error', async () => {
  const gone = await get('/gone');
  expect(gone.status).toBe(500);
  expect(gone.headers.get('etag')).toBeNull();
});

test('no more is read than the client takes, and a client that leaves ends the reading', async () => {
  const leave = new AbortController();
  const response = await fetch(`${base}/huge`, { signal: leave.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  const closed = new Promise((resolve) => hugeStream?.once('close', resolve));
  leave.abort();
  await closed;
  const readAtEnd = readBytes;
  await setImmediate();
  expect(readBytes).toBe(readAtEnd);
  expect(readBytes).toBeLessThan(64 * 1024 ** 2);
});

test('a size that is none is no file, and one that is not the file’s ends the connection', async () => {
  for (const path of ['/negative', '/none', '/endless']) expect((await get(path)).status, path).toBe(404);
  for (const path of ['/longer', '/shorter']) {
    // What is known to be wrong before the first byte can still be told.
    const told = await get(path).catch(() => 'broken off');
    expect(typeof told === 'string' ? told : told.status, path).toSatisfy(
      (how) => how === 'broken off' || how === 500,
    );
  }
});

test('any file name is a safe header', () => {
  expect(contentDisposition('inline', 'a b.mp4')).toBe('inline; filename="a b.mp4"');
  expect(contentDisposition('attachment', 'ü"\r\n\ud800.mp4')).toBe(
    `attachment; filename="_____.mp4"; filename*=UTF-8''%C3%BC%22%0D%0A%EF%BF%BD.mp4`,
  );
});
