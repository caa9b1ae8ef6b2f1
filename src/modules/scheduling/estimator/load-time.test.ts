import { expect, it } from 'vitest';
import {
  estimateLoadMs,
  loadTimesFromJson,
  loadTimesToJson,
  newLoadTimes,
  observeLoad,
  priorLoadMs,
} from './load-time.js';

it.each([
  [1e9, 10_000],
  [45e9, 30_000],
  [900e9, 120_000],
])('before the first sample %d bytes are expected to take %d ms', (bytes, ms) => {
  expect(priorLoadMs(bytes)).toBe(ms);
});

it('comes close to the true load although single samples are as noisy as runs', () => {
  const times = newLoadTimes();
  for (let at = 0; at < 60; at += 1)
    observeLoad(times, 'wan', 'gpu', 30e9, 55_000 + (at % 2 === 0 ? 40_000 : -40_000));
  expect(estimateLoadMs(times, 'wan', 'gpu', 30e9)).toBeGreaterThan(48_000);
  expect(estimateLoadMs(times, 'wan', 'gpu', 30e9)).toBeLessThan(62_000);
});

it('never expects a negative load', () => {
  const times = newLoadTimes();
  for (let at = 0; at < 20; at += 1) observeLoad(times, 'wan', 'gpu', 30e9, -90_000);
  expect(estimateLoadMs(times, 'wan', 'gpu', 30e9)).toBe(0);
});

it('is the same after a trip through JSON', () => {
  const times = newLoadTimes();
  observeLoad(times, 'wan', 'gpu', 30e9, 44_000);
  const copy = loadTimesFromJson(JSON.parse(JSON.stringify(loadTimesToJson(times))));
  expect(estimateLoadMs(copy, 'wan', 'gpu', 30e9)).toBe(estimateLoadMs(times, 'wan', 'gpu', 30e9));
});
