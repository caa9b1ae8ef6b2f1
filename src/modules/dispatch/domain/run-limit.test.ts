import { expect, it } from 'vitest';
import { isOverdue } from './run-limit.js';

const attempt = {
  state: 'running' as const,
  acceptedAt: new Date(1_000),
  runningAt: new Date(5_000),
  runLimitMs: null,
};

it('counts a run from its beginning, and a wait from its acceptance', () => {
  expect(isOverdue(attempt, 10_000, 15_000)).toBe(false);
  expect(isOverdue(attempt, 10_000, 15_001)).toBe(true);
  expect(isOverdue({ ...attempt, state: 'accepted', runningAt: null }, 10_000, 11_001)).toBe(true);
});

it('takes the workflow’s own limit before the service’s', () => {
  expect(isOverdue({ ...attempt, runLimitMs: 1_000 }, 10_000, 6_001)).toBe(true);
});

it('does not count the time of a post, nor of fetching files', () => {
  for (const state of ['intent', 'sending', 'collecting'] as const)
    expect(isOverdue({ ...attempt, state }, 1, 1_000_000)).toBe(false);
});
