import { expect, it } from 'vitest';
import { assignTag, correctTag, creditOf } from './order-key.js';

const tenant = { weight: 1, clusterSpeed: 4 };
const request = { ...tenant, virtualS: 100, vfinishS: 0, estimateMs: 40_000, creditS: 0 };

it('a tenant without recent work begins at V, whatever it was owed long ago', () => {
  expect(assignTag(request)).toEqual({ effKey: 100, startS: 100, vfinishS: 110 });
});

it('a tenant with work waiting queues behind it, twice as densely at twice the weight', () => {
  const strict = { ...request, vfinishS: 150, burstS: 0 };
  expect(assignTag(strict)).toEqual({ effKey: 150, startS: 150, vfinishS: 160 });
  expect(assignTag({ ...strict, weight: 2 })).toEqual({ effKey: 150, startS: 150, vfinishS: 155 });
});

it('a short burst hardly counts, a long queue counts in full beyond the allowance, and the order is kept', () => {
  const keyAt = (leadS: number) => assignTag({ ...request, vfinishS: 100 + leadS, burstS: 200 }).effKey - 100;
  expect([0, 50, 200, 1_000].map(keyAt)).toEqual([0, 5, 20, 820]);
});

it('priority moves the key forward by its credit and costs the same share', () => {
  expect(assignTag({ ...request, creditS: 300 })).toEqual({ effKey: -200, startS: 100, vfinishS: 110 });
});

it.each([
  [0, 0],
  [2, 1_800],
  [-1, -300],
  [-3, -14_400],
])('priority %d is worth %d s', (priority, creditS) => {
  expect(creditOf(priority)).toBe(creditS);
});

it('an operator may give priorities other credits, or none', () => {
  expect([-2, 0, 1, 3].map((priority) => creditOf(priority, [60, 120, 600]))).toEqual([-120, 0, 60, 600]);
  expect([-2, 0, 1, 3].map((priority) => creditOf(priority, [0, 0, 0]))).toEqual([-0, 0, 0, 0]);
});

it('a cancelled job is refunded, a long one charged for the rest', () => {
  const tag = { startS: 50, vfinishS: 110 };
  expect(correctTag(tag, 40_000, 0, tenant)).toBe(100);
  expect(correctTag(tag, 40_000, 60_000, tenant)).toBe(115);
});

it('a refund lets no later job of the tenant pass those it has waiting', () => {
  const tag = { startS: 100, vfinishS: 110 };
  const vfinishS = correctTag(tag, 4_000_000, 1_000, tenant);
  expect(assignTag({ ...request, virtualS: 0, vfinishS }).startS).toBeGreaterThanOrEqual(tag.startS);
});
