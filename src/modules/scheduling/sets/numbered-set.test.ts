import { expect, it } from 'vitest';
import { NumberedSet } from './numbered-set.js';

const [a, b, c] = [{ index: 0 }, { index: 40 }, { index: 2 }] as const;

function membersOf(set: NumberedSet<{ index: number }>): unknown[] {
  return Array.from({ length: set.size }, (_, at) => set.at(at));
}

it('keeps its members once each, in the order in which they were added', () => {
  const set = new NumberedSet();
  for (const each of [b, a, b, c]) set.add(each);
  expect(membersOf(set)).toEqual([b, a, c]);
  set.delete(a);
  set.delete(a);
  expect(set.has(a)).toBe(false);
  set.add(a);
  expect(membersOf(set)).toEqual([b, c, a]);
});

it('is empty after it was cleared, and can be filled anew', () => {
  const set = new NumberedSet();
  for (const each of [a, b]) set.add(each);
  set.clear();
  expect([set.size, set.has(a), set.has(b)]).toEqual([0, false, false]);
  set.add(c);
  set.add(a);
  expect(membersOf(set)).toEqual([c, a]);
});
