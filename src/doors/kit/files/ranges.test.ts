import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideRange, type FileVersion, parseRange } from './ranges.js';

const file: FileVersion = {
  sizeBytes: 100,
  etag: '"abc"',
  lastModified: new Date('2026-01-02T03:04:05.678Z'),
};
const sizes = fc.integer({ min: 0, max: 1000 });
const bounds = fc.integer({ min: 0, max: 1200 });

describe('a single range', () => {
  test('selects the bytes it names, never one outside the file', () => {
    fc.assert(
      fc.property(sizes, bounds, bounds, (sizeBytes, start, length) => {
        const range = parseRange(`bytes=${start}-${start + length}`, sizeBytes);
        const expected = { start, end: Math.min(start + length, sizeBytes - 1) };
        expect(range).toEqual(start >= sizeBytes ? 'unsatisfiable' : expected);
      }),
    );
  });

  test('open at its end reaches the last byte', () => {
    fc.assert(
      fc.property(sizes, bounds, (sizeBytes, start) => {
        const range = parseRange(`bytes=${start}-`, sizeBytes);
        expect(range).toEqual(start >= sizeBytes ? 'unsatisfiable' : { start, end: sizeBytes - 1 });
      }),
    );
  });

  test('of the last n bytes has n of them, or all there are', () => {
    fc.assert(
      fc.property(sizes, bounds, (sizeBytes, lengthBytes) => {
        const range = parseRange(`bytes=-${lengthBytes}`, sizeBytes);
        const expected = { start: Math.max(0, sizeBytes - lengthBytes), end: sizeBytes - 1 };
        expect(range).toEqual(sizeBytes === 0 || lengthBytes === 0 ? 'unsatisfiable' : expected);
      }),
    );
  });
});

test('a header that is no single byte range counts as absent, whatever it holds', () => {
  for (const header of ['bytes=0-1,5-6', 'items=0-1', 'bytes=-', 'bytes=9-3', 'bytes=a-b', '']) {
    expect(parseRange(header, 100)).toBe('whole');
  }
  fc.assert(fc.property(fc.string(), (header) => void parseRange(header, 100)));
});

describe('conditions', () => {
  const range = { range: 'bytes=0-9' };
  test.each([
    ['a tag that fits answers 304, before any range', { ...range, 'if-none-match': 'W/"x", W/"abc"' }, 304],
    ['any tag answers 304', { 'if-none-match': '*' }, 304],
    [
      'another tag answers the file, whatever the date',
      { 'if-none-match': '"x"', 'if-modified-since': 'Fri, 02 Jan 2026 03:04:05 GMT' },
      200,
    ],
    [
      'a date no older than the file answers 304',
      { 'if-modified-since': 'Fri, 02 Jan 2026 03:04:05 GMT' },
      304,
    ],
    ['an older date answers the file', { 'if-modified-since': 'Fri, 02 Jan 2026 03:04:04 GMT' }, 200],
    ['a date that is none counts as absent', { 'if-modified-since': 'yesterday' }, 200],
    ['a range of the same version is honoured', { ...range, 'if-range': '"abc"' }, 206],
    ['a range of the same date is honoured', { ...range, 'if-range': 'Fri, 02 Jan 2026 03:04:05 GMT' }, 206],
    ['a range of another version gets the whole file', { ...range, 'if-range': '"old"' }, 200],
    ['a weak tag is not enough for a range', { ...range, 'if-range': 'W/"abc"' }, 200],
    ['a range behind the end answers 416', { range: 'bytes=100-' }, 416],
  ])('%s', (_rule, headers, status) => {
    expect(decideRange('GET', headers, file).status).toBe(status);
  });

  test('HEAD knows no range', () => {
    expect(decideRange('HEAD', range, file)).toEqual({ status: 200, range: undefined });
  });
});
