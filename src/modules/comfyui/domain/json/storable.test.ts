import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { processorMs } from '../../../../../test/support/processor-time.js';
import { parsePlainJson } from './json.js';
import { boundedMembers, clamp, clip, storableJsonText, storableText } from './storable.js';

const isStorable = (text: string): boolean => !/[\0\p{Cs}]/u.test(text);
const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) });
const anyJson = fc.jsonValue().chain((value) => fc.tuple(fc.constant(value), anyText, anyText));

describe('storable text', () => {
  it.each([
    ['a\0b', 'a\ufffdb'],
    ['\ud83dx', '\ufffdx'],
    ['x\udc00', 'x\ufffd'],
    ['\ud83d\ude00', '\ud83d\ude00'],
    ['\ude00\ud83d', '\ufffd\ufffd'],
  ])('%j', (text, kept) => {
    expect(storableText(text)).toBe(kept);
  });
});

describe('storable JSON text', () => {
  it.each([
    [String.raw`"a\u0000b"`, 'a\ufffdb'],
    [String.raw`"caf\udce9_1.png"`, 'caf\ufffd_1.png'],
    [String.raw`"\uD83D\uDE00\ud83d"`, '\u{1f600}\ufffd'],
    [String.raw`"C:\\u0000\\ud800"`, String.raw`C:\u0000\ud800`],
    [String.raw`"\\\u0000"`, '\\\ufffd'],
    [String.raw`"\ud800\u0041"`, '\ufffdA'],
  ])('%s', (text, read) => {
    expect(JSON.parse(storableJsonText(text))).toBe(read);
  });

  it('of any value reads as the value with each of its texts made storable', () => {
    fc.assert(
      fc.property(anyJson, ([value, key, text]) => {
        const said = JSON.stringify({ value, [key]: [text] });
        const read = storableJsonText(said);
        expect(parsePlainJson(read)).toEqual(
          parsePlainJson(storableText(JSON.stringify(storable(JSON.parse(said))))),
        );
        expect(isStorable(JSON.stringify(parsePlainJson(read)))).toBe(true);
        expect(read).not.toMatch(/(?<!\\)(\\\\)*\\u0000/);
      }),
    );
  });

  it('takes time that grows with the text', () => {
    const text = `"${String.raw`\ud83d\\`.repeat(500_000)}"`;
    expect(processorMs(() => storableJsonText(text))).toBeLessThan(5_000);
  });
});

it('cutting a text leaves no half of a pair', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (text, lengthMax) => {
      const cut = clip(text, lengthMax);
      expect(cut.length).toBeLessThanOrEqual(lengthMax);
      expect(text.startsWith(cut) && isStorable(cut.replaceAll('\0', ''))).toBe(true);
    }),
  );
});

it('numbers come into their bounds, whatever they are', () => {
  expect([NaN, undefined, Infinity, -Infinity, 1e308, 3].map((value) => clamp(value, 0, 10))).toEqual([
    0, 0, 10, 0, 10, 3,
  ]);
});

it('members are kept until they come to their bound', () => {
  expect(boundedMembers({ a: 'x'.repeat(10), b: 'y'.repeat(100), c: 1 }, 50)).toEqual({ a: 'x'.repeat(10) });
});

function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storableText(key), storable(item)]));
}
