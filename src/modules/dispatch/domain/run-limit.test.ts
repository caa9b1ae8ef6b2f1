import { expect, it } from 'vitest';
import { isOverdue } from './run-limit.js';

const running = { state: 'running' as const, runLimitMs: null };

it('is what runs, or waits at its node, for longer than a run may take', () => {
  for (const state of ['running', 'accepted'] as const) {
    expect(isOverdue({ ...running, state }, 10_000, 10_000)).toBe(false);
    expect(isOverdue({ ...running, state }, 10_001, 10_000)).toBe(true);
  }
});

it('takes the workflow’s own limit before the service’s', () => {
  expect(isOverdue({ ...running, runLimitMs: 1_000 }, 1_001, 10_000)).toBe(true);
});

it('does not count the time of a post, nor of fetching files', () => {
  for (const state of ['intent', 'sending', 'collecting'] as const)
    expect(isOverdue({ ...running, state }, 1_000_000, 1)).toBe(false);
});
