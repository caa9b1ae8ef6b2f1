import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../steps.js';
import { splitSteps } from './json-split.js';

const splitJsonObject = (text: string) => atOnce(splitSteps(text));

describe('splitSteps', () => {
  it('keeps the bytes and the order of every member', () => {
    const text = '{"76": {"a": 18446744073709551615}, "8": [1, 5.0],"\\u0041\\"": "}, {" , "n": null}';
    expect([...(splitJsonObject(text) ?? [])]).toEqual([
      ['76', '{"a": 18446744073709551615}'],
      ['8', '[1, 5.0]'],
      ['A"', '"}, {"'],
      ['n', 'null'],
    ]);
  });

  it('answers undefined for what is no object', () => {
    for (const text of ['', '[]', '"a"', '{"a"}', '{"a": 1', '{a: 1}'])
      expect(splitJsonObject(text)).toBeUndefined();
  });

  it('cuts whatever JSON.stringify writes into the texts of its members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const members = splitJsonObject(JSON.stringify(value, null, 1));
        const read = Object.fromEntries(
          [...(members ?? [])].map(([key, text]) => [key, JSON.parse(text) as unknown]),
        );
        expect(read).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
