import { expect, it } from 'vitest';
import { SharedReading } from './shared-reading.js';

it('reads once for all who ask alike within the time, and again afterwards', async () => {
  let [nowMs, count] = [0, 0];
  const shared = new SharedReading<number>(2_000, () => nowMs);
  const ask = (key: string) => shared.of(key, async () => (count += 1));
  expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual([1, 1, 2]);
  nowMs = 1_999;
  expect(await ask('a')).toBe(1);
  nowMs = 2_000;
  expect(await Promise.all([ask('b'), ask('a'), ask('a')])).toEqual([3, 4, 4]);
});

it('keeps no failure', async () => {
  const shared = new SharedReading<string>(2_000, () => 0);
  const failing = () => Promise.reject(new Error('away'));
  const both = [shared.of('a', failing), shared.of('a', async () => 'not asked')];
  await expect(Promise.all(both)).rejects.toThrow('away');
  expect(await shared.of('a', async () => 'back')).toBe('back');
});
