import { describe, expect, it } from 'vitest';
import { canJudge, laidIn, laidInto } from './laid-in';
import type { Job } from './shapes';

const job = (no: number, more: Partial<Job> = {}): Job =>
  ({
    id: `job-${no}`,
    state: 'queued',
    progress: null,
    tenant: 'default',
    workflow: 'wan',
    node_id: null,
    created_at: new Date(1_000_000 + no).toISOString(),
    ...more,
  }) as Job;
const told = (...jobs: (Partial<Job> & { id: string })[]) => new Map(jobs.map((one) => [one.id, one]));
const ids = (jobs: readonly Job[]) => jobs.map(({ id }) => id);

describe('one answer', () => {
  it('gains what comes to its state, newest first, and loses what leaves it', () => {
    const active = [job(5, { state: 'active' }), job(2, { state: 'active' })];
    const { jobs, isShort } = laidInto(
      active,
      told(job(5, { state: 'succeeded' }), job(3, { state: 'active' }), job(9)),
      { state: 'active', limit: 10 },
    );
    expect(ids(jobs)).toEqual(['job-3', 'job-2']);
    expect(isShort).toBe(false);
  });

  it('says when older jobs may fill what left', () => {
    const queued = [job(9), job(8), job(7)];
    const next = laidInto(queued, told(job(8, { state: 'active' })), { state: 'queued', limit: 3 });
    expect([ids(next.jobs), next.isShort]).toEqual([['job-9', 'job-7'], true]);
  });

  it('keeps its limit, and leaves out what is older than all of a full one', () => {
    const done = [9, 8, 7].map((no) => job(no, { state: 'succeeded' }));
    const next = laidInto(done, told(job(1, { state: 'succeeded' }), job(10, { state: 'succeeded' })), {
      state: 'succeeded',
      limit: 3,
    });
    expect([ids(next.jobs), next.isShort]).toEqual([['job-10', 'job-9', 'job-8'], false]);
  });

  it('is the same where nothing of it changed', () => {
    const active = [job(5, { state: 'active' })];
    expect(laidInto(active, told(job(8)), { state: 'active', limit: 10 }).jobs).toBe(active);
    const next = laidInto(active, told({ id: 'job-5', progress: 50 }), { state: 'active', limit: 10 }).jobs;
    expect(next).toEqual([job(5, { state: 'active', progress: 50 })]);
  });

  it('does not take progress of a job that it does not know for the job', () => {
    expect(laidInto([], told({ id: 'job-5', progress: 50 }), { limit: 10 }).jobs).toEqual([]);
  });
});

describe('pages of a list', () => {
  const pages = [
    { jobs: [job(9), job(8)], hasOlder: true },
    { jobs: [job(6), job(5)], hasOlder: true },
  ];

  it('get each job at its place, and none behind the last while older ones are left', () => {
    const next = laidIn(pages, told(job(7), job(10), job(1)), {});
    expect(next.map(({ jobs }) => ids(jobs))).toEqual([
      ['job-10', 'job-9', 'job-8'],
      ['job-7', 'job-6', 'job-5'],
    ]);
    expect(laidIn(pages, told(job(1)), {})).toBe(pages);
  });

  it('take in the oldest where nothing is behind them', () => {
    const whole = [{ jobs: [job(9)], hasOlder: false }];
    expect(ids(laidIn(whole, told(job(1)), {})[0]!.jobs)).toEqual(['job-9', 'job-1']);
    expect(ids(laidIn([{ jobs: [] as Job[], hasOlder: false }], told(job(1)), {})[0]!.jobs)).toEqual([
      'job-1',
    ]);
  });

  it('hold to workflow, tenant and node', () => {
    const filter = { workflow: 'wan', tenant: 'film', node: 'a' };
    const fitting = { workflow: 'wan', tenant: 'film', node_id: 'a' };
    const empty = [{ jobs: [] as Job[], hasOlder: false }];
    const changes = told(
      job(1, fitting),
      job(2, { ...fitting, workflow: null }),
      job(3, { ...fitting, tenant: 'art' }),
      job(4, { ...fitting, node_id: 'b' }),
    );
    expect(ids(laidIn(empty, changes, filter)[0]!.jobs)).toEqual(['job-1']);
  });

  it('only change what they have where an event cannot say what belongs to them', () => {
    const filter = { door: 'native', state: 'queued' };
    expect(canJudge(filter)).toBe(false);
    const next = laidIn(pages, told(job(20), job(9, { state: 'active' })), filter);
    expect(next[0]!.jobs.map(({ id, state }) => [id, state])).toEqual([
      ['job-9', 'active'],
      ['job-8', 'queued'],
    ]);
  });
});
