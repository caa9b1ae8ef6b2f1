import type { BigIntStats } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fileReply } from './file-reply.js';
import type { Reply, Request } from './message.js';

const stats = { size: 100n, mtimeNs: 1_000_000_000_000_000_000n, mtimeMs: 1_000_000_000_000n } as BigIntStats;
const reply = (headers: Record<string, string>): Reply =>
  fileReply({ headers } as unknown as Request, '/x', stats, {});
const etag = '"de0b6b3a7640000-64"';

describe('a file with range requests', () => {
  it.each([
    ['bytes=0-9', 206, 'bytes 0-9/100', 0, 9],
    ['bytes=90-', 206, 'bytes 90-99/100', 90, 99],
    ['bytes=-10', 206, 'bytes 90-99/100', 90, 99],
    ['bytes=50-500', 206, 'bytes 50-99/100', 50, 99],
  ])('%s is answered with its part', (range, status, contentRange, start, end) => {
    const answer = reply({ range });
    expect([answer.status, answer.headers?.['Content-Range'], answer.file]).toEqual([
      status,
      contentRange,
      { path: '/x', start, end },
    ]);
  });

  it('refuses a range outside the file with its size', () => {
    for (const range of ['bytes=100-', 'bytes=9-3', 'bytes=-', 'lines=1-2']) {
      expect([range, reply({ range }).status, reply({ range }).headers?.['Content-Range']]).toEqual([
        range,
        416,
        'bytes */100',
      ]);
    }
  });

  it('answers 304 to a client that has this version, and the whole to one with another', () => {
    expect(reply({ 'if-none-match': etag }).status).toBe(304);
    expect(reply({ 'if-none-match': '"other"' }).status).toBe(200);
    expect(reply({ 'if-modified-since': 'Sun, 09 Sep 2001 01:46:40 GMT' }).status).toBe(304);
  });

  it('ignores the range when If-Range names another version', () => {
    expect(reply({ range: 'bytes=0-9', 'if-range': '"other"' }).status).toBe(200);
    expect(reply({ range: 'bytes=0-9', 'if-range': etag }).status).toBe(206);
  });
});
