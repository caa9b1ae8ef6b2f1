import { expect, test } from 'vitest';
import { dayAfter, dayOfPartition, daysFrom, isPastRetention, partitionOf } from './archive-days.js';

test('days follow each other in UTC, over the ends of months and years', () => {
  expect(daysFrom(new Date('2027-12-31T23:59:59.999Z'), 3)).toEqual([
    '2027-12-31',
    '2028-01-01',
    '2028-01-02',
  ]);
  expect(dayAfter('2028-02-28')).toBe('2028-02-29');
});

test('a day is past when the last moment of it is as old as the retention', () => {
  const isPast = (now: string, days: number) => isPastRetention('2027-03-01', new Date(now), days);
  expect(isPast('2027-03-08T23:59:59.999Z', 7)).toBe(false);
  expect(isPast('2027-03-09T00:00:00.000Z', 7)).toBe(true);
  expect(isPast('2099-01-01T00:00:00.000Z', 0)).toBe(false);
});

test('a partition is named by table and day, and is read back from those of `job` alone', () => {
  expect(partitionOf('job_output', '2027-03-09')).toBe('job_output_20270309');
  expect(dayOfPartition(partitionOf('job', '2027-03-09'))).toBe('2027-03-09');
  expect(dayOfPartition('job_output_20270309')).toBeUndefined();
  expect(dayOfPartition('job_by_hand')).toBeUndefined();
});
