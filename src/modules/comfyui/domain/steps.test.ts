import fc from 'fast-check';
import { expect, it } from 'vitest';
import { atOnce, sortSteps } from './steps.js';

it('sorting in steps is sorting, and as stable', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), { maxLength: 3_000 }), (numbers) => {
      const items = numbers.map((number, at) => ({ number, at }));
      const byNumber = (left: { number: number }, right: { number: number }): number =>
        left.number - right.number;
      expect(atOnce(sortSteps(items, byNumber))).toEqual(items.toSorted(byNumber));
    }),
    { numRuns: 50 },
  );
});
