import { describe, expect, it } from 'vitest';
import {
  estimateRun,
  newRunTimes,
  observeRun,
  runKeys,
  runTimesFromJson,
  runTimesToJson,
} from './run-time.js';

const wan = runKeys({ profileId: 'wan-video', family: 'wan' }, 'rtx4090');

function trained() {
  const times = newRunTimes();
  for (let at = 0; at < 60; at += 1) {
    const work = 1 + (at % 10);
    const noise = 1 + 0.05 * ((at % 3) - 1);
    observeRun(times, wan, work, 10_000 * work ** 1.2 * noise);
  }
  return times;
}

describe('the estimate', () => {
  it('follows the size of the work, within a tenth after sixty runs', () => {
    for (const work of [1, 5, 10, 20]) {
      const truth = 10_000 * work ** 1.2;
      expect(Math.abs(estimateRun(trained(), wan, work).p50Ms / truth - 1)).toBeLessThan(0.1);
    }
  });

  it('forgets: after a driver made everything twice as fast, it follows', () => {
    const times = trained();
    for (let at = 0; at < 120; at += 1) observeRun(times, wan, 1 + (at % 10), 5_000 * (1 + (at % 10)) ** 1.2);
    expect(estimateRun(times, wan, 5).p50Ms / (5_000 * 5 ** 1.2)).toBeCloseTo(1, 1);
  });

  it('stays put when a profile always runs the same size', () => {
    const times = newRunTimes();
    for (let at = 0; at < 500; at += 1) observeRun(times, wan, 7, 60_000);
    observeRun(times, wan, 7, 600_000);
    expect(estimateRun(times, wan, 7).p50Ms).toBeLessThan(90_000);
  });

  it('its p90 covers nine of ten noisy runs', () => {
    const times = newRunTimes();
    const run = (at: number) => 60_000 * Math.exp(0.4 * Math.sin(at * 2.3) * 1.6);
    for (let at = 0; at < 300; at += 1) observeRun(times, wan, 1, run(at));
    const { p90Ms } = estimateRun(times, wan, 1);
    const covered = Array.from({ length: 300 }, (_, at) => run(at + 300)).filter((ms) => ms <= p90Ms).length;
    expect(covered / 300).toBeGreaterThan(0.8);
  });
});

describe('the chain', () => {
  it.each([
    ['profile-gpu', { profileId: 'wan-video', family: 'wan' }, 'rtx4090'],
    ['profile', { profileId: 'wan-video', family: 'wan' }, 'h100'],
    ['family-gpu', { profileId: 'wan-image', family: 'wan' }, 'rtx4090'],
    ['gpu', { profileId: 'flux', family: 'flux' }, 'rtx4090'],
    ['default', { profileId: 'flux', family: 'flux' }, 'h100'],
  ] as const)('answers from %s when nothing closer is known', (source, profile, gpu) => {
    expect(estimateRun(trained(), runKeys(profile, gpu), 5).source).toBe(source);
  });

  it('takes 120 s for what it knows nothing about', () => {
    expect(estimateRun(newRunTimes(), wan, 3)).toMatchObject({ p50Ms: expect.closeTo(120_000), sigma: 1 });
  });
});

it('is the same after a trip through JSON', () => {
  const times = trained();
  const copy = runTimesFromJson(JSON.parse(JSON.stringify(runTimesToJson(times))));
  expect(estimateRun(copy, wan, 4)).toEqual(estimateRun(times, wan, 4));
});

it('learns nothing from a run without size or time', () => {
  const times = newRunTimes();
  observeRun(times, wan, 0, 10);
  observeRun(times, wan, 10, Number.NaN);
  expect(times.byKey.size).toBe(0);
});
