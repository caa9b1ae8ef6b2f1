import fc from 'fast-check';
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

describe('between profiles', () => {
  it('carries no rate from graphs that sample nothing to a video', () => {
    const times = newRunTimes();
    const tiny = runKeys({ profileId: 'tiny', family: 'tiny' }, 'rtx4090');
    for (let at = 0; at < 20; at += 1) observeRun(times, tiny, 1, 88);
    const video = runKeys({ profileId: 'video', family: 'wan' }, 'rtx4090');
    expect(estimateRun(times, video, 298_598_400)).toMatchObject({ source: 'default' });
    expect(estimateRun(times, video, 1)).toMatchObject({ source: 'gpu', p50Ms: expect.closeTo(88) });
  });

  it('lies between a millisecond and a day after whatever was learned, for whatever work', () => {
    const work = fc.oneof(
      fc.constantFrom(1, 1e9, 1e-9, 0, -1, Infinity, NaN, 1e308),
      fc.double({ min: 1, max: 1e9, noNaN: true }),
    );
    const ms = fc.oneof(
      fc.constantFrom(50, 3_600_000, Infinity, 1e308, NaN),
      fc.double({ min: 50, max: 3_600_000, noNaN: true }),
    );
    const profileId = fc.constantFrom('tiny', 'image', 'video');
    const run = fc.tuple(profileId, work, ms);
    fc.assert(
      fc.property(fc.array(run, { maxLength: 60 }), profileId, work, (runs, asked, size) => {
        const times = newRunTimes();
        for (const [id, units, tookMs] of runs)
          observeRun(times, runKeys({ profileId: id, family: 'f' }, 'gpu'), units, tookMs);
        const { p50Ms, p90Ms } = estimateRun(times, runKeys({ profileId: asked, family: 'f' }, 'gpu'), size);
        for (const estimate of [p50Ms, p90Ms]) {
          expect(estimate).toBeGreaterThanOrEqual(1);
          expect(estimate).toBeLessThanOrEqual(86_400_001);
        }
      }),
    );
  });
});
