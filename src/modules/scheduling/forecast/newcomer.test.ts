import { expect, it } from 'vitest';
import { type Candidate, foresee, type Newcomer, type Waiter } from './newcomer.js';

const candidate = (nodeId: string, more: Partial<Candidate> = {}): Candidate => ({
  nodeId,
  freeAtMs: 0,
  freeP90Ms: 0,
  loadMs: 0,
  run: { p50Ms: 1_000, p90Ms: 1_500 },
  ...more,
});
const waiter = (effKey: number, nodeId: string, endMs: number): Waiter => ({
  effKey,
  nodeId,
  eta: { endMs, endP90Ms: endMs + 300 },
});
const newcomer: Newcomer = { nowMs: 10_000, effKey: 5, beyond: { jobs: 0, perJobMs: 0 } };

it('starts now on a node that is free', () => {
  expect(foresee(newcomer, [candidate('a')], [])).toEqual({
    nodeId: 'a',
    startMs: 10_000,
    startP90Ms: 10_000,
    endMs: 11_000,
    endP90Ms: 11_500,
  });
});

it('waits for the jobs that sort before it, and for no other', () => {
  const waiting = [waiter(4, 'a', 30_000), waiter(6, 'a', 50_000), waiter(4, 'b', 70_000)];
  expect(foresee(newcomer, [candidate('a')], waiting)).toMatchObject({
    startMs: 30_000,
    startP90Ms: 30_300,
    endMs: 31_000,
    endP90Ms: 31_000 + Math.hypot(300, 500),
  });
});

it('goes where it ends first: a load may cost more than a wait', () => {
  const warm = candidate('warm', { freeAtMs: 20_000, freeP90Ms: 21_000 });
  const cold = candidate('cold', { loadMs: 30_000 });
  expect(foresee(newcomer, [cold, warm], [])).toMatchObject({ nodeId: 'warm', startMs: 20_000 });
  const quick = candidate('quick', { loadMs: 5_000 });
  expect(foresee(newcomer, [cold, warm, quick], [])).toMatchObject({ nodeId: 'quick', startMs: 15_000 });
});

it('waits for what lies beyond the jobs that were dealt out', () => {
  const behind = { ...newcomer, beyond: { jobs: 100, perJobMs: 500 } };
  expect(foresee(behind, [candidate('a')], [])).toMatchObject({ startMs: 60_000 });
});

it('is nowhere without a node', () => {
  expect(foresee(newcomer, [], [])).toBeUndefined();
});
