import { expect, it } from 'vitest';
import { watchJob } from './job-watch.js';
import type { JobEvents } from './jobs.events.js';
import type { JobView } from '../record/reading/jobs.view.js';

const silent = { subscribe: () => () => undefined } as unknown as JobEvents;
const view = (state: string): JobView =>
  ({ state, started: false, progress: null, nodeId: null }) as unknown as JobView;
const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

async function statesOf(reads: (JobView | Error | null)[]): Promise<string[]> {
  const read = async (): Promise<JobView | null> => {
    const answer = reads.shift() ?? null;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const states: string[] = [];
  const options = { signal: AbortSignal.timeout(5000), viewIntervalMs: 1, pollIntervalMs: 1 };
  for await (const { state } of watchJob('job', read, silent, options)) states.push(state);
  return states;
}

it('a watch outlives an absence of the database, whenever it comes', async () => {
  const reads = [away, view('queued'), away, away, view('active'), away, view('succeeded')];
  expect(await statesOf(reads)).toEqual(['queued', 'active', 'succeeded']);
});

it('any other error ends it, and so does a job that is not there', async () => {
  await expect(statesOf([view('queued'), new Error('a bug')])).rejects.toThrow('a bug');
  expect(await statesOf([null])).toEqual([]);
});
