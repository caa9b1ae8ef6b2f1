import fc from 'fast-check';
import { expect, it } from 'vitest';
import { storedMs, storedMsOrNull, storedWork } from './bounds.js';

const anyNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(Infinity, -Infinity, NaN, 2 ** 31, 2 ** 53, 1e308, -1, 0.4),
);

it('makes a whole number that an int column holds of any number', () => {
  fc.assert(
    fc.property(anyNumber, (ms) => {
      const stored = storedMs(ms);
      expect(Number.isInteger(stored)).toBe(true);
      expect(stored).toBeGreaterThanOrEqual(0);
      expect(stored).toBeLessThan(2 ** 31);
    }),
  );
  expect([storedMs(12.4), storedMsOrNull(12.6), storedMsOrNull(null)]).toEqual([12, 13, null]);
});

it('makes a finite, positive amount of work of any number', () => {
  fc.assert(
    fc.property(anyNumber, (units) => {
      expect(Number.isFinite(Math.log(storedWork(units)))).toBe(true);
    }),
  );
  expect(storedWork(20 * 512 * 512)).toBe(20 * 512 * 512);
});
