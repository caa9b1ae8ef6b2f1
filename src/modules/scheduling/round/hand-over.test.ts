import { expect, it } from 'vitest';
import { withdrawal } from './hand-over.js';

const waiting = { nowMs: 10_000, dueMs: 9_000, overshootMs: 5_000, costS: 40, idleCostS: Infinity };

it('leaves a prompt where it is while the run before it is about to end', () => {
  expect(withdrawal(waiting)).toBeUndefined();
});

it('takes it back when the run overshoots', () => {
  expect(withdrawal({ ...waiting, nowMs: 14_001 })).toBe('overshoot');
});

it('takes it back for an idle node only if that is clearly sooner', () => {
  expect(withdrawal({ ...waiting, idleCostS: 36 })).toBeUndefined();
  expect(withdrawal({ ...waiting, idleCostS: 34 })).toBe('idle-node');
});
