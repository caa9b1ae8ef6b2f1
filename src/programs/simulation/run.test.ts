import { describe, expect, it } from 'vitest';
import { runExperiment } from './experiment.js';
import { EventHeap } from './event-heap.js';
import { measure } from './metrics.js';
import { toSvg } from './plot.js';
import { furtherPolicyNames, makePolicy, policyNames } from './policies/index.js';
import { parseRecorded } from './recorded.js';
import type { PolicyFactory } from './policy.js';
import { compareWithRecord, toJson, toTable } from './report.js';
import { runTrace } from './run.js';
import type { Trace } from './trace.js';
import { makeTrace } from './traces/index.js';

/** Light enough to look at: the first jobs of T85. */
function excerpt(seed: number): Trace {
  const trace = makeTrace('T85', seed);
  return { ...trace, jobs: trace.jobs.slice(0, 300) };
}

const recorded = [
  { kind: 'node', id: 'n1', gpuClass: 'gpu', vramBytes: 24e9, models: ['m', 'x'], speed: 1 },
  { kind: 'model', name: 'm', sizeBytes: 12e9, loadMs: 30_000 },
  { kind: 'model', name: 'x', sizeBytes: 24e9, loadMs: 50_000 },
  ...['m', 'x', 'm'].map((model, at) => ({
    kind: 'job',
    id: `j${at}`,
    arrivalMs: at,
    tenantId: 't',
    priority: 0,
    models: [model],
    profileId: `p-${model}`,
    workUnits: 1,
    baseMs: 100_000,
  })),
]
  .map((line) => JSON.stringify(line))
  .join('\n');

describe.each([...policyNames, ...furtherPolicyNames])('under %s', (name) => {
  it('every job runs once, on a node that has its model, and no node runs two at a time', () => {
    const { jobs, trace } = runTrace(excerpt(3), makePolicy(name, {}), 3);
    expect(new Set(jobs.map((each) => each.job.id)).size).toBe(trace.jobs.length);
    const nodes = new Map(trace.nodes.map((node) => [node.id, node]));
    const endedMs = new Map<string, number>();
    for (const run of jobs.toSorted((a, b) => a.beganMs - b.beganMs)) {
      expect(nodes.get(run.nodeId)!.models).toContain(run.job.models[0]);
      expect(run.beganMs).toBeGreaterThanOrEqual(endedMs.get(run.nodeId) ?? 0);
      endedMs.set(run.nodeId, run.endedMs);
    }
  });

  it('the same seed gives the same bytes: table, plot and JSON', () => {
    const once = () => {
      const results = runExperiment({ trace: excerpt, seeds: [1, 2], policies: [name], switches: {} });
      return [toTable('T85', [1, 2], results), toSvg('T85', results), toJson('T85', results)].join('\n');
    };
    expect(once()).toBe(once());
  });
});

it('the JSON has exactly the agreed fields', () => {
  const results = runExperiment({ trace: excerpt, seeds: [1], policies: ['ours'], switches: {} });
  const parsed = JSON.parse(toJson('T85', results));
  expect(Object.keys(parsed)).toEqual(['trace', 'results']);
  expect(Object.keys(parsed.results[0])).toEqual([
    'policy',
    'waitMeanS',
    'waitP50S',
    'waitP95S',
    'waitP99S',
    'waitMaxS',
    'switchesPerJob',
    'loadingShare',
    'utilisation',
    'makespanS',
  ]);
});

it('a policy is shown neither durations nor speeds nor load times', () => {
  const seen: string[] = [];
  runTrace(
    excerpt(1),
    (cluster) => {
      seen.push(JSON.stringify(cluster));
      const policy = makePolicy('least-queue', {})(cluster);
      return {
        ...policy,
        arrived: (nowMs, job) => (seen.push(JSON.stringify(job)), policy.arrived(nowMs, job)),
      };
    },
    1,
  );
  expect(seen.join()).not.toMatch(/baseMs|waitMs|"speed"|loadMs/);
});

it('loading counts as waiting: a recorded workload, worked out by hand', () => {
  const record = runTrace(parseRecorded('recorded', recorded), makePolicy('central-fifo', {}), 1);
  const { waitMaxS, switchesPerJob, loadingShare } = measure(record);
  expect(switchesPerJob).toBe(1);
  expect(loadingShare).toBeCloseTo(110 / 410);
  expect(waitMaxS).toBeCloseTo(30 + 100 + 50 + 100 + 30, 0);
});

it('affinity saves the load that order of arrival pays', () => {
  const record = runTrace(parseRecorded('recorded', recorded), makePolicy('ours', {}), 1);
  expect(record.jobs.map((each) => each.job.id)).toEqual(['j0', 'j2', 'j1']);
});

it.each([
  ['central-fifo', [3_000, 166_000, 369_000]],
  ['least-queue', [3_000, 163_500, 364_000]],
] as const)('a recorded latency and slow disk are simulated: %s', (policy, begansMs) => {
  const latency = JSON.stringify({ kind: 'latency', signalMs: 1_000, orderMs: 2_000, turnoverMs: 500 });
  const slow = recorded
    .replace('"speed":1', '"speed":1,"loadSlowness":2')
    .replaceAll(/"arrivalMs":\d/g, '"arrivalMs":0');
  const { jobs } = runTrace(parseRecorded('recorded', `${slow}\n${latency}`), makePolicy(policy, {}), 1);
  expect(jobs.map(({ beganMs }) => beganMs)).toEqual(begansMs);
  expect(jobs.map(({ loadMs }) => loadMs)).toEqual([60_000, 100_000, 60_000]);
});

it('progress is told at most twice a second, and the last step always', () => {
  const toldMs: number[] = [];
  const steps: number[] = [];
  const listening: PolicyFactory = (cluster) => ({
    ...makePolicy('central-fifo', {})(cluster),
    progressed: (nowMs, _nodeId, _jobId, step) => {
      toldMs.push(nowMs);
      steps.push(step);
      return [];
    },
  });
  const quick = recorded.replaceAll('"baseMs":100000', '"baseMs":3000').split('\n').slice(0, 4).join('\n');
  runTrace(parseRecorded('recorded', quick), listening, 1);
  expect(steps.at(-1)).toBe(12);
  const gapsMs = toldMs.slice(1, -1).map((ms, at) => ms - toldMs[at]!);
  expect(Math.min(...gapsMs)).toBeGreaterThanOrEqual(500);
  expect(gapsMs.length).toBeGreaterThan(2);
});

it('a recorded workload is held against what was measured', () => {
  const waited = recorded.replaceAll('"baseMs"', '"waitMs":100000,"baseMs"');
  const trace = parseRecorded('recorded', waited);
  const results = runExperiment({ trace: () => trace, seeds: [1], policies: ['ours'], switches: {} });
  expect(compareWithRecord(trace, results)).toContain('mean 146.72 simulated, 100.00 recorded (+46.7 %)');
  expect(compareWithRecord(parseRecorded('recorded', recorded), results)).toBe('');
});

it('a recorded line that is wrong is named', () => {
  expect(() => parseRecorded('file', `${recorded}\n{"kind":"job","id":"j"}`)).toThrow(/file, line 7/);
  expect(() => parseRecorded('file', recorded.split('\n').slice(1).join('\n'))).toThrow(
    /no node has the models of job j0/,
  );
});

it('events come out by time, and equal times in the order they went in', () => {
  const heap = new EventHeap<string>();
  for (const [atMs, event] of [
    [5, 'c'],
    [1, 'a'],
    [5, 'd'],
    [1, 'b'],
    [9, 'e'],
  ] as const)
    heap.push(atMs, event);
  const out = Array.from({ length: 5 }, () => heap.pop()!.event);
  expect(out.join('')).toBe('abcde');
  expect(heap.pop()).toBeUndefined();
});
