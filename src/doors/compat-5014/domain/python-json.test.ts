import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePythonJson, PythonJsonError, PythonJsonLimitError } from './python-json.js';
import { floatText, pythonJson } from './python-value.js';

function errorOf(text: string): [string, number] | string {
  try {
    return pythonJson(parsePythonJson(text));
  } catch (error) {
    if (error instanceof PythonJsonError) return [error.message, error.position];
    throw error;
  }
}

/** Texts and what Python 3.11 says of them. */
test.each<[string, string, number]>([
  ['', 'Expecting value', 0],
  ['{bad', 'Expecting property name enclosed in double quotes', 1],
  ['{"a":1,}', 'Expecting property name enclosed in double quotes', 7],
  ['[1,]', 'Expecting value', 3],
  ['{"a" 1}', "Expecting ':' delimiter", 5],
  ['{"a":1 "b"}', "Expecting ',' delimiter", 7],
  ['{"a":1', "Expecting ',' delimiter", 6],
  ['[1', "Expecting ',' delimiter", 2],
  ['{"a":1} x', 'Extra data', 8],
  ['01', 'Extra data', 1],
  ['"abc', 'Unterminated string starting at', 0],
  ['{"a":tru}', 'Expecting value', 5],
  ['-', 'Expecting value', 0],
  ['{"a":"\u0001"}', 'Invalid control character at', 6],
  ['{"a":"\\q"}', 'Invalid \\escape', 6],
  ['{"a":"\\u12"}', 'Invalid \\uXXXX escape', 7],
  ['{"𝒳":1 2}', "Expecting ',' delimiter", 7],
])('%j is refused as Python refuses it', (text, message, position) => {
  expect(errorOf(text)).toEqual([message, position]);
});

describe('what JSON.parse takes', () => {
  test('is taken, and means the same', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('', ' ', '\n\t\r '), (text, space) => {
        const again = JSON.parse(pythonJson(parsePythonJson(space + text + space))) as unknown;
        expect(again).toEqual(JSON.parse(text));
      }),
    );
  });

  test('is refused by both or by neither, but for NaN and Infinity', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"a"',
      ':',
      ',',
      '1',
      '-',
      '.5',
      'e3',
      'true',
      'null',
      ' ',
      '"\\n"',
      '0',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        expect([text, typeof errorOf(text) === 'string']).toEqual([text, isJson(text)]);
      }),
      { numRuns: 2000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('constants that JSON lacks are numbers', () => {
  expect(errorOf('[NaN, Infinity, -Infinity]')).toBe('[null,null,null]');
});

test('nesting and digits have an end, in reasonable time', () => {
  expect(() => parsePythonJson('['.repeat(1_000_000))).toThrow(PythonJsonLimitError);
  expect(() => parsePythonJson('9'.repeat(1_000_000))).toThrow(PythonJsonLimitError);
  expect(errorOf(`"${'a'.repeat(1_000_000)}`)).toEqual(['Unterminated string starting at', 0]);
});

test.each([
  [5, '5.0'],
  [-0, '-0.0'],
  [0.1, '0.1'],
  [1e-7, '1e-07'],
  [0.0001, '0.0001'],
  [1e16, '1e+16'],
  [123456789012345680, '1.2345678901234568e+17'],
  [1e15, '1000000000000000.0'],
  [1.5e300, '1.5e+300'],
])('the float %d is written as Python writes it', (value, text) => {
  expect(floatText(value)).toBe(text);
});
