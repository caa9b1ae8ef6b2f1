import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseJson, parsePlainJson, stringifyJson, toPlain } from './json.js';

describe('lossless JSON', () => {
  it.each(['18446744073709551615', '18446744073709552000', '5.0', '1e5', '-0.0', '0.1000'])(
    'keeps the digits of %s',
    (digits) => {
      expect(stringifyJson(parseJson(`{"seed": ${digits}}`))).toBe(`{"seed":${digits}}`);
    },
  );

  it('writes an integer that a workflow was filled with, whatever its size', () => {
    expect(stringifyJson({ seed: 18_446_744_073_709_551_557n, small: [1n] })).toBe(
      '{"seed":18446744073709551557,"small":[1]}',
    );
  });

  it('reads bare NaN, Infinity and -Infinity as null, and leaves them alone inside strings', () => {
    const text = String.raw`{"a": NaN, "b": [Infinity, -Infinity], "c": "NaN \" -Infinity", "NaN": 1}`;
    expect(parsePlainJson(text)).toEqual({ a: null, b: [null, null], c: 'NaN " -Infinity', NaN: 1 });
    expect(toPlain(parseJson(text))).toEqual(parsePlainJson(text));
  });

  it.each(['{"a": NaNa}', '[-NaN]', '[Infinit]', '{', '"abc', '[1,]', '', '"\\'])('refuses %s', (text) => {
    expect(() => parsePlainJson(text)).toThrow(SyntaxError);
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it('refuses deep nesting before recursing', () => {
    const deep = '['.repeat(1_000_000);
    expect(() => parseJson(deep)).toThrow('JSON nested deeper than 200');
    expect(() => parsePlainJson('[[1]]', { maxDepth: 1 })).toThrow('JSON nested deeper than 1');
  });

  it('counts levels and not brackets: those in strings and those side by side are none', () => {
    const text = JSON.stringify(['[{'.repeat(500), ...Array.from({ length: 500 }, (_, at) => ({ at }))]);
    expect(parsePlainJson(text)).toEqual(JSON.parse(text));
    expect(parsePlainJson(`[${text.slice(1, -1)}, NaN]`)).toEqual([...(JSON.parse(text) as unknown[]), null]);
    const levels = (count: number): string => `${'['.repeat(count)}${']'.repeat(count)}`;
    expect(() => parsePlainJson(levels(200))).not.toThrow();
    expect(() => parsePlainJson(levels(201))).toThrow('JSON nested deeper than 200');
  });

  it('takes the last of repeated keys, as Python does', () => {
    expect(toPlain(parseJson('{"a": 1, "a": {"b": 2}}'))).toEqual({ a: { b: 2 } });
  });

  it('keeps a key named __proto__ as data', () => {
    const value = toPlain(parseJson('{"__proto__": {"polluted": 1}}')) as object;
    expect(Object.hasOwn(value, '__proto__')).toBe(true);
    expect('polluted' in value).toBe(false);
  });

  it('takes time linear in the text', () => {
    const text = `["${'\\"N'.repeat(500_000)}", ${'NaN,'.repeat(500_000)} 1]`;
    expect((parsePlainJson(text) as unknown[]).length).toBe(500_002);
  });

  it('agrees with JSON on every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(stringifyJson(parseJson(text))).toBe(text);
        expect(toPlain(parseJson(text))).toEqual(JSON.parse(text));
        expect(parsePlainJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps the text of every integer', () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        expect(stringifyJson(parseJson(`[${value}]`))).toBe(`[${value}]`);
      }),
    );
  });
});
