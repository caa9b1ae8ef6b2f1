import { expect, it } from 'vitest';
import type { Attempt, JobDetail } from '../../api/shapes';
import { piecesOf } from './pieces';

const at = (second: number): string => new Date(second * 1000).toISOString();
const attempt = (no: number, more: Partial<Attempt>): Attempt => ({
  prompt_id: String(no),
  no,
  node_id: `gpu-${no}`,
  state: 'closed',
  outcome: 'ok',
  error: null,
  decision: null,
  created_at: at(0),
  running_at: null,
  closed_at: null,
  ...more,
});
const job = (history: Attempt[], finished: number | null): JobDetail =>
  ({ created_at: at(0), finished_at: finished === null ? null : at(finished), history }) as JobDetail;
const told = (history: Attempt[], finished: number | null, now = 100) =>
  piecesOf(job(history, finished), now * 1000).map(({ what, fromMs, toMs }) => [
    what,
    fromMs / 1000,
    toMs / 1000,
  ]);

it('a job that waits is one bar up to now', () => expect(told([], null, 7)).toEqual([['waits', 0, 7]]));

it('a second attempt is told after the wait for it, and pieces leave no gap', () => {
  const history = [
    attempt(1, { created_at: at(2), running_at: at(3), closed_at: at(10), outcome: 'node_lost' }),
    attempt(2, { created_at: at(12), running_at: at(13), closed_at: at(20) }),
  ];
  expect(told(history, 20)).toEqual([
    ['waited', 0, 2],
    ['placed and sent, on gpu-1', 2, 3],
    ['node was lost, on gpu-1', 3, 10],
    ['waited again', 10, 12],
    ['placed and sent, on gpu-2', 12, 13],
    ['ran on gpu-2', 13, 20],
  ]);
});

it('what runs lasts until now', () =>
  expect(told([attempt(1, { created_at: at(1), running_at: at(2), outcome: null })], null, 9).at(-1)).toEqual(
    ['runs on gpu-1', 2, 9],
  ));

it('a job that was cancelled before it was placed only waited', () =>
  expect(told([], 5)).toEqual([['waited', 0, 5]]));
