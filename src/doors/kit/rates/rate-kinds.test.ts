import fc from 'fast-check';
import { expect, test } from 'vitest';
import { to } from '../caller/route-access.js';
import { rateKindOf, shareOf } from './rate-kinds.js';

test.each([
  ['open', null],
  [undefined, null],
  [to('read', 'metrics'), null],
  [to('read', 'scaling'), null],
  [to('read', 'job'), 'reads'],
  [to('read', 'content'), 'reads'],
  [to('submit', 'job'), 'submits'],
  [to('cancel', 'job'), 'changes'],
  [to('change', 'storage'), 'changes'],
] as const)('%j is counted as %s', (access, kind) => {
  expect(rateKindOf(access)).toBe(kind);
});

test('the shares of all replicas are the rate, and less than one request for each replica above it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 50 }), (rate, replicas) => {
      const together = shareOf(rate, replicas) * replicas;
      expect(together).toBeGreaterThanOrEqual(rate);
      expect(together).toBeLessThan(rate + replicas);
    }),
  );
});
