import { expect, it } from 'vitest';
import { Bitset } from './bitset.js';

function of(...members: number[]): Bitset {
  const set = new Bitset();
  for (const member of members) set.add(member);
  return set;
}

it('holds what was added and not deleted, beyond its first words too', () => {
  const set = of(0, 31, 32, 2_000);
  set.delete(32);
  set.set(5, true);
  set.set(0, false);
  expect([0, 5, 31, 32, 2_000, 9_999].filter((index) => set.has(index))).toEqual([5, 31, 2_000]);
});

it('visits the common members in ascending order, sign bit included', () => {
  const seen: number[] = [];
  of(63, 31, 1, 100).forEachCommon(of(31, 63, 100, 5_000), (index) => seen.push(index));
  expect(seen).toEqual([31, 63, 100]);
});
