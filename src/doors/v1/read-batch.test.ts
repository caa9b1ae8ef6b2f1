import { expect, it } from 'vitest';
import { Fault } from '../../platform/fault.js';
import { readBatch } from './batches/read-batch.js';

const members = (count: number, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, value]));

function refusalOf(body: unknown): { pointer: string }[] {
  try {
    readBatch(body);
  } catch (error) {
    if (error instanceof Fault) return error.details as { pointer: string }[];
    throw error;
  }
  throw new Error('it was taken');
}

it('makes the jobs of a sweep when they are asked for, and not before', () => {
  const inputs = members(1000, 1);
  const { members: jobs } = readBatch({ job: { workflow: 'w', inputs }, sweep: { seed: [1, 2] } });
  const [first] = jobs;
  expect(first?.raw()).toEqual({ workflow: 'w', inputs: { ...inputs, seed: 1 } });
  expect(first?.raw()).not.toBe(first?.raw());
});

it('hands listed jobs on as they were written', () => {
  const job = { workflow: 'w', inputs: { a: 1 } };
  const { members: jobs } = readBatch({ jobs: [job, job] });
  expect(jobs.map(({ raw, pointer }) => [raw(), pointer])).toEqual([
    [job, '/jobs/0'],
    [job, '/jobs/1'],
  ]);
});

it.each([
  ['unknown members', { jobs: [{}], ...members(19_000, 1) }, ''],
  ['lists that are none', { job: {}, sweep: members(19_000, 1) }, '/sweep/k0'],
  ['lists', { job: {}, sweep: members(101, [1]) }, '/sweep'],
  ['jobs', { jobs: Array.from({ length: 501 }, () => ({})) }, '/jobs'],
  ['jobs that are none', { jobs: Array(400_000).fill(1) }, '/jobs'],
])('tells a hundred mistakes at most of too many %s', (_what, body, pointer) => {
  const refusal = refusalOf(body);
  expect(refusal.length).toBeLessThanOrEqual(100);
  expect(refusal).toContainEqual(expect.objectContaining({ pointer }));
});
