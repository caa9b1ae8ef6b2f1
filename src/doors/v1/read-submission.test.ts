import { expect, it } from 'vitest';
import { Fault } from '../../platform/fault.js';
import { readSubmission } from './jobs/read-submission.js';

const members = (count: number, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, value]));

function refusalOf(body: unknown): { pointer: string }[] {
  try {
    readSubmission(body);
  } catch (error) {
    if (error instanceof Fault) return error.details as { pointer: string }[];
    throw error;
  }
  throw new Error('it was taken');
}

it('takes as many labels as a job may have, and says where one more is', () => {
  expect(readSubmission({ workflow: 'w', labels: members(32, 'a') }).order.labels).toEqual(members(32, 'a'));
  expect(refusalOf({ workflow: 'w', labels: members(33, 'a') })).toMatchObject([{ pointer: '/labels' }]);
});

it('looks at no more labels, and tells no more mistakes, than help', () => {
  expect(refusalOf({ workflow: 'w', labels: members(19_000, 1) }).length).toBeLessThanOrEqual(100);
  const unknown = {
    workflow: 'w',
    ...members(500, 1),
    deliver: { https_put: Array.from({ length: 500 }, () => 'x') },
  };
  expect(refusalOf(unknown).length).toBeLessThanOrEqual(100);
});

it('says where a mistake is as a JSON Pointer, whatever the caller called the place', () =>
  expect(refusalOf({ workflow: 'w', labels: { 'a/~b': 1 } })).toMatchObject([{ pointer: '/labels/a~1~0b' }]));
