import { describe, expect, it } from 'vitest';
import { coerce } from './convert.js';
import { equals, repr } from './repr.js';
import { float } from './values.js';

describe('coercion of inputs', () => {
  it('turns text and floats into ints without losing digits', () => {
    expect(coerce('INT', '18446744073709551615')).toBe(18446744073709551615n);
    expect([coerce('INT', ' 5 '), coerce('INT', float(5.9)), coerce('INT', true)]).toEqual([5, 5, 1]);
  });

  it('fails in Python’s words', () => {
    expect(() => coerce('INT', 'x')).toThrow("invalid literal for int() with base 10: 'x'");
    expect(() => coerce('FLOAT', 'x')).toThrow("could not convert string to float: 'x'");
    expect(() => coerce('INT', null)).toThrow(
      "int() argument must be a string, a bytes-like object or a real number, not 'NoneType'",
    );
  });

  it('spells values as Python for strings', () => {
    expect([coerce('STRING', null), coerce('STRING', true), coerce('STRING', float(5))]).toEqual([
      'None',
      'True',
      '5.0',
    ]);
  });
});

describe('repr', () => {
  it('quotes like Python', () => {
    expect(["a'b", 'a"b', 'a\'"b', 'a\\b', true, null, float(5), [1, 'x']].map(repr)).toEqual([
      `"a'b"`,
      `'a"b'`,
      `'a\\'"b'`,
      String.raw`'a\\b'`,
      'True',
      'None',
      '5.0',
      "[1, 'x']",
    ]);
  });
});

describe('equals', () => {
  it('compares numbers by value, whatever their type', () => {
    expect([equals(1, float(1)), equals(true, 1), equals('1', 1), equals(2n ** 64n, float(2 ** 64))]).toEqual(
      [true, true, false, true],
    );
  });
});
