import { expect, it } from 'vitest';
import type { Attempt, NodeState, SchedulerState } from '../state.js';
import { hasVacancy } from './vacancy.js';

const spec = { accepts: true, weight: 1 };

function isOpen(running: Partial<Attempt>, nowMs: number): boolean {
  const state = { nowMs, options: { handOverMs: 3_000, overshootMs: 5_000 } } as SchedulerState;
  const run = { startedAtMs: 0, endIsLive: false, begun: true, ...running };
  return hasVacancy(state, { spec, running: run, next: undefined } as unknown as NodeState);
}

it.each([
  ['a short run as soon as it begins', { endMs: 1_000 }, 0, true],
  ['a short run before it begins', { endMs: 1_000, begun: false }, 0, false],
  ['a run of some seconds as it begins', { endMs: 3_000 }, 0, false],
  ['a run of some seconds near its end, which nobody has told', { endMs: 3_000 }, 1_500, true],
  ['a short run long after its end', { endMs: 1_000 }, 6_001, false],
  ['a longer run near its end, which nobody has told', { endMs: 4_000 }, 3_900, false],
  ['a longer run near the end that its progress tells', { endMs: 4_000, endIsLive: true }, 3_900, true],
  ['a longer run far from that end', { endMs: 4_000, endIsLive: true }, 900, false],
])('slot 1 behind %s', (_what, running, nowMs, open) => {
  expect(isOpen(running, nowMs)).toBe(open);
});
