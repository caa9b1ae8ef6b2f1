import { expect, it } from 'vitest';
import type { Settled } from '../../comfyui/index.js';
import type { OpenAttempt } from '../../jobs/index.js';
import { keptOf } from './conclusion.js';

const minuteMs = 60_000;
const told: Settled = { outputs: {}, messages: [], startedAtMs: 0, endedAtMs: 5 * minuteMs };

it.each([
  ['a day behind', -1440],
  ['right', 0],
  ['a day ahead', 1440],
])('keeps how long a run took where the wall clock of the replica is %s', (_, minutes) => {
  const createdAt = new Date(Date.now() - minutes * minuteMs);
  const kept = (ageMs: number) =>
    keptOf({ outcome: 'ok', code: '', message: '', outputs: [], settled: told }, {
      createdAt,
      madeMs: performance.now() - ageMs,
    } as OpenAttempt).runMs;
  expect(kept(6 * minuteMs)).toBe(5 * minuteMs);
  // No run is longer than its attempt, and a minute for clocks that run apart.
  expect(kept(0)).toBeGreaterThanOrEqual(minuteMs);
  expect(kept(0)).toBeLessThan(2 * minuteMs);
});
