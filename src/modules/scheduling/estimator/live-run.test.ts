import { expect, it } from 'vitest';
import { liveEndMs, newLiveRun, observeStep } from './live-run.js';

it('tells the end after three step times, tail included', () => {
  const live = newLiveRun();
  for (const step of [1, 2, 3]) {
    observeStep(live, step, 10, 50_000 + step * 2_000);
    expect(liveEndMs(live, 5_000)).toBeUndefined();
  }
  observeStep(live, 4, 10, 58_000);
  expect(liveEndMs(live, 5_000)).toBe(58_000 + 6 * 2_000 + 5_000);
});

it('changes nothing on an event that came twice or late', () => {
  const live = newLiveRun();
  for (const step of [1, 2, 3, 4]) observeStep(live, step, 10, step * 1_000);
  const before = { ...live };
  observeStep(live, 4, 10, 9_000);
  observeStep(live, 2, 10, 9_500);
  expect(live).toEqual(before);
});

it('counts skipped events as so many steps', () => {
  const live = newLiveRun();
  for (const step of [1, 3, 5, 7]) observeStep(live, step, 10, step * 1_000);
  expect(liveEndMs(live, 0)).toBe(10_000);
});
