import { expect, it } from 'vitest';
import { setUpMsOf } from './set-up.js';

/** Marks at the given times, one step each after the start. */
const marks = (...atMs: number[]) => atMs.map((at, done) => ({ atMs: at, done }));

it('is what the first step took beyond the others', () => {
  expect(setUpMsOf(marks(0, 5_100, 5_200, 5_300, 5_400))).toBe(5_000);
});

it('counts the load of a second model in the middle of the run', () => {
  expect(setUpMsOf(marks(0, 5_100, 5_200, 5_300, 8_400, 8_500, 8_600))).toBe(8_000);
});

it('is nothing when every step took as long', () => {
  expect(setUpMsOf(marks(0, 110, 200, 310, 400))).toBe(0);
});

it('reads steps that were reported several at a time', () => {
  const sparse = [0, 1, 4, 8].map((done) => ({ done, atMs: done === 0 ? 0 : 2_000 + done * 100 }));
  expect(setUpMsOf(sparse)).toBeCloseTo(2_000);
});

it('is not known from less than two steps', () => {
  expect(setUpMsOf(marks(0, 5_100))).toBeUndefined();
});
