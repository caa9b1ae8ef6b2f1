import { describe, expect, it } from 'vitest';
import { Circumstances } from './circumstances.js';
import type { AttemptRow, Evidence, Prompt } from './evidence.js';
import type { Submission } from './load.js';
import type { Outage, Refusal } from './strike.js';
import { scheduleOf } from './schedule.js';
import { isClean, judge } from './verdict.js';

const at = (seconds: number): Date => new Date(seconds * 1000);
const attempt = (no: number, changes: Partial<AttemptRow> = {}): AttemptRow => ({
  promptId: `p${no}`,
  jobId: 'job',
  no,
  nodeId: 'node-1',
  outcome: 'ok',
  givenUpAs: null,
  ran: true,
  code: null,
  message: null,
  createdAt: at(no * 100),
  sendingAt: at(no * 100),
  sendDeadline: at(no * 100 + 2),
  arrivalKnownAt: at(no * 100 + 1),
  closedAt: at(no * 100 + 50),
  ...changes,
});
const prompt = (no: number, changes: Partial<Prompt> = {}): Prompt => ({
  promptId: `p${no}`,
  node: 'node-1',
  clientId: 'us',
  number: 0,
  life: 1,
  acceptedAt: (no * 100 + 1) * 1000,
  startedAt: (no * 100 + 1) * 1000,
  finishedAt: (no * 100 + 40) * 1000,
  outcome: 'success',
  ranNodes: ['5'],
  loads: 0,
  ...changes,
});
const fine: Evidence = {
  jobs: [{ id: 'job', key: 'k', state: 'succeeded', errorCode: null, finishedAt: at(150) }],
  attempts: [attempt(1)],
  outputs: [{ jobId: 'job', promptId: 'p1' }],
  prompts: [prompt(1)],
};
const submission: Submission = {
  key: 'k',
  door: 'v1',
  jobId: 'job',
  answeredWith: new Set(['job']),
  cancelled: false,
  refusedWith: undefined,
};
const verdictOf = (
  changes: Partial<Evidence>,
  submissions = [submission],
  forgottenAtS?: number,
  refusals: Refusal[] = [],
  outages: Outage[] = [],
) =>
  judge(
    { ...fine, ...changes },
    submissions,
    new Circumstances(
      forgottenAtS === undefined ? [] : [{ node: 'node-1', atMs: forgottenAtS * 1000 }],
      [{ node: 'node-1', fromMs: 300_000, toMs: 301_000 }, ...outages],
      3000,
      refusals,
    ),
  );
const secondTry = (first: Partial<AttemptRow>, run: Partial<Prompt>): Partial<Evidence> => ({
  attempts: [attempt(1, first), attempt(2)],
  prompts: [prompt(1, run), prompt(2)],
  outputs: [{ jobId: 'job', promptId: 'p2' }],
});

describe('the judge of chaos runs', () => {
  it('has nothing to say of a job that ran once and succeeded', () => {
    expect(isClean(verdictOf({}))).toBe(true);
  });

  it('finds what was lost, left unended, made twice or run by nobody', () => {
    expect(verdictOf({ jobs: [] }).lost).toHaveLength(1);
    expect(verdictOf({ jobs: [{ ...fine.jobs[0]!, state: 'active' }] }).unended).toHaveLength(1);
    expect(
      verdictOf({ jobs: [fine.jobs[0]!, { ...fine.jobs[0]!, id: 'other', state: 'expired' }] }).faults,
    ).toHaveLength(1);
    expect(verdictOf({ prompts: [] }).faults).toHaveLength(1);
    expect(verdictOf({ prompts: [prompt(1), prompt(1, { node: 'node-2' })] }).faults.length).toBeGreaterThan(
      0,
    );
    expect(verdictOf({ outputs: [] }).faults.length).toBeGreaterThan(0);
  });

  it.each(['missing_dep', 'node_fault', 'oom', 'invalid'])('lets no job fail with %s', (errorCode) => {
    const failed = { ...fine.jobs[0]!, state: 'failed', errorCode };
    const verdict = verdictOf({
      jobs: [failed],
      attempts: [attempt(1, { outcome: errorCode })],
      outputs: [],
    });
    expect(verdict.faults).toEqual([`job job (failed): failed with ${errorCode}`]);
  });

  it.each([
    ['two runs that were lost with their nodes', 'node_lost', 2, { ran: true }, false],
    ['four of them', 'node_lost', 4, { ran: true }, true],
    ['four nodes that were lost before it ran', 'node_lost', 4, { ran: false }, false],
    ['one run that was too long', 'timeout', 1, {}, false],
    ['two of them', 'timeout', 2, {}, true],
    ['five posts that never arrived', 'not_arrived', 5, { ran: false }, false],
    ['six of them', 'not_arrived', 6, { ran: false }, true],
  ])('of %s: a job may fail only once its bound is reached', (_, errorCode, count, more, isLawful) => {
    const attempts = Array.from({ length: count }, (__, no) =>
      attempt(no + 1, { outcome: errorCode, ...more }),
    );
    const failed = { ...fine.jobs[0]!, state: 'failed', errorCode };
    const { faults } = verdictOf({ jobs: [failed], attempts, outputs: [], prompts: [] });
    expect(faults).toEqual(isLawful ? [] : [`job job (failed): failed with ${errorCode}`]);
  });

  it.each<[string, Partial<AttemptRow>, Partial<Prompt>]>([
    ['its node ended', { outcome: 'node_lost' }, { outcome: 'lost' }],
    ['its node was out of reach', { outcome: 'node_lost', code: 'unreachable' }, {}],
    ['its node ended while it was wanted back', { outcome: 'withdrawn' }, { outcome: 'lost' }],
    ['it was stopped', { outcome: 'timeout' }, { outcome: 'interrupted' }],
    [
      'its post landed after the settle time',
      { outcome: 'not_arrived', closedAt: at(106) },
      { acceptedAt: 106_000, startedAt: 106_000, finishedAt: 107_000, outcome: 'interrupted' },
    ],
  ])('takes a second run as lawful when %s', (_, first, run) => {
    const verdict = verdictOf(secondTry(first, run));
    expect([...verdict.lawfulReruns.values()]).toEqual([1]);
    expect(isClean(verdict)).toBe(true);
  });

  it.each<[string, Partial<AttemptRow>, Partial<Prompt>]>([
    ['the first had arrived in time', { outcome: 'not_arrived' }, {}],
    ['the first had succeeded at a node that forgot nothing', { outcome: 'node_lost' }, {}],
    ['the first had succeeded when it was wanted back', { outcome: 'withdrawn' }, {}],
    ['the first was still open', { outcome: null, closedAt: null }, {}],
  ])('takes a second run as unlawful when %s', (_, first, run) => {
    expect(verdictOf(secondTry(first, run)).unlawfulReruns).toHaveLength(1);
  });

  it('takes a second run as lawful when the first was adopted late', () => {
    const verdict = verdictOf({
      attempts: [
        attempt(1, { givenUpAs: 'node_lost', code: 'unreachable' }),
        attempt(2, { outcome: 'cancelled' }),
      ],
      prompts: [prompt(1), prompt(2, { outcome: 'interrupted' })],
    });
    expect([...verdict.lawfulReruns.keys()]).toEqual(['node_lost: out of reach, then success, adopted late']);
    expect(isClean(verdict)).toBe(true);
  });

  it.each(['node_lost', 'withdrawn'])('knows when a node forgot what was then closed as %s', (outcome) => {
    const forgotten = (atS: number): string[] =>
      verdictOf(secondTry({ outcome }, {}), [submission], atS).unlawfulReruns;
    expect(forgotten(99)).toHaveLength(1);
    expect(forgotten(145)).toEqual([]);
    expect(forgotten(160)).toHaveLength(1);
  });

  it('notices work that was placed where an operator wanted none', () => {
    const wanted = (fromS: number, toS: number): string[] =>
      verdictOf({}, [submission], undefined, [
        { node: 'node-1', fromMs: fromS * 1000, toMs: toS * 1000 },
        { node: 'node-2', fromMs: 0, toMs: 1_000_000 },
      ]).faults;
    expect(wanted(90, 110)).toEqual(['prompt p1 went to node-1, where an operator wanted no work']);
    expect(wanted(101, 110)).toEqual([]);
    expect(wanted(80, 99)).toEqual([]);
  });

  it('tells with what jobs failed, and on how many nodes', () => {
    const failed = { ...fine.jobs[0]!, state: 'failed', errorCode: 'timeout' };
    const attempts = [
      attempt(1, { outcome: 'timeout' }),
      attempt(2, { outcome: 'timeout', nodeId: 'node-2' }),
    ];
    const { failures, outcomes } = verdictOf({ jobs: [failed], attempts, outputs: [] });
    expect([...failures]).toEqual([['timeout on 2 nodes', 1]]);
    expect([...outcomes]).toEqual([['timeout', 2]]);
  });

  it('notices a reaper that sleeps', () => {
    const late = secondTry(
      { outcome: 'not_arrived', closedAt: at(106) },
      { acceptedAt: 107_000, startedAt: 107_000, finishedAt: 130_000 },
    );
    expect(verdictOf(late).faults).toHaveLength(1);
    const orphaned = { node: undefined, fromMs: 100_000, toMs: 125_000 };
    expect(verdictOf(late, [submission], undefined, [], [orphaned]).faults).toEqual([]);
  });
});

it('a seed replays its schedule', () => {
  const extent = { seed: 1, rounds: 20, roundMs: 3000, replicas: 3, nodes: 4, brief: false };
  expect(scheduleOf(extent)).toEqual(scheduleOf(extent));
  expect(scheduleOf(extent)).not.toEqual(scheduleOf({ ...extent, seed: 2 }));
});
