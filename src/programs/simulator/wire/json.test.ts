import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './json-parse.js';
import { writeJson } from './json-write.js';

const again = (text: string): string => writeJson(parseJson(text));

describe('the byte style of the server', () => {
  it('separates with a space and keeps the order of keys, node ids included', () => {
    expect(again('{"76":1,"8":[1,2],"a":{}}')).toBe('{"76": 1, "8": [1, 2], "a": {}}');
  });

  it('escapes everything that is not printable ASCII', () => {
    expect(writeJson({ a: 'é😀\u007f\u001f\u2028"\\\n' })).toBe(
      String.raw`{"a": "\u00e9\ud83d\ude00\u007f\u001f\u2028\"\\\n"}`,
    );
  });

  it('keeps every digit of integers and tells them from floats', () => {
    expect(again('[18446744073709551615, 5, 5.0, -0.0, 1E2]')).toBe(
      '[18446744073709551615, 5, 5.0, -0.0, 100.0]',
    );
  });

  it('writes floats as Python does', () => {
    const python =
      '[5.0, 1e+16, 1e-05, 0.0001, 1.2345678901234568e+17, 1e+22, 1.5e+300, 1000000000000000.0, 0.1, 2.5e-07]';
    expect(again(python)).toBe(python);
  });

  it('reads and writes bare NaN and Infinity', () => {
    expect(again('{"is_changed": NaN, "max": Infinity, "min": -Infinity}')).toBe(
      '{"is_changed": NaN, "max": Infinity, "min": -Infinity}',
    );
  });

  it('refuses what is not JSON', () => {
    for (const text of ['', '{', '{"a" 1}', '[1,]', '"a', '{"a":1}x', "{'a': 1}"])
      expect(() => parseJson(text), text).toThrow(SyntaxError);
  });

  it('says the same as JavaScript about any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(again(text))).toEqual(JSON.parse(text));
      }),
    );
  });
});
