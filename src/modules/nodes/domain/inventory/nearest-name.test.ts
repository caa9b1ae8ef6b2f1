import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestName } from './nearest-name.js';

function levenshtein(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (const [index, letter] of left.split('').entries()) {
    const next = [index + 1];
    for (const [column, other] of right.split('').entries())
      next.push(Math.min(row[column]! + Number(letter !== other), row[column + 1]! + 1, next[column]! + 1));
    row = next;
  }
  return row[right.length]!;
}

describe('nearestName', () => {
  it('disregards directories and case', () => {
    expect(nearestName('flux/DEV.safetensors', ['other.safetensors', 'models\\dev.safetensors'])).toBe(
      'models\\dev.safetensors',
    );
  });

  it('is undefined when nothing is alike', () => {
    expect(nearestName('a.gguf', ['completely-different.gguf', 7, true])).toBeUndefined();
    expect(nearestName('a.gguf', [])).toBeUndefined();
  });

  it('is the least edit distance, if at most a third of the letters differ', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 3, maxLength: 12 });
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 6 }), (wanted, names) => {
        const least = Math.min(Infinity, ...names.map((name) => levenshtein(wanted, name)));
        const nearest = nearestName(wanted, names);
        const isNear = least <= Math.floor(wanted.length / 3);
        expect(nearest && levenshtein(wanted, nearest)).toBe(isNear ? least : undefined);
      }),
    );
  });

  it('looks at a bounded number of names', () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `${'x'.repeat(300)}${index}`);
    expect(nearestName('wanted', [...names, 'wanted'])).toBeUndefined();
  });
});
