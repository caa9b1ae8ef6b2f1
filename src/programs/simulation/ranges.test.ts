/**
 * The range specification: a change to the policy that makes a reference trace worse than these bounds fails here. Three
 * seeds keep it quick; the full table is `npm run simulate`. The bounds are those the product promises.
 */
import { describe, expect, it } from 'vitest';
import { runExperiment, type PolicyResult } from './experiment.js';
import type { PolicyName } from './policies/index.js';
import { makeTrace, type TraceName } from './traces/index.js';

const seeds = [1, 2, 3];

function compare(name: TraceName, policies: readonly PolicyName[]): Record<string, PolicyResult> {
  const results = runExperiment({ trace: (seed) => makeTrace(name, seed), seeds, policies, switches: {} });
  return Object.fromEntries(results.map((result) => [result.policy, result]));
}

describe('T85: twenty nodes, twelve models, load 0.85', () => {
  const run = compare('T85', ['least-queue', 'central-fifo', 'swarmui-like', 'ours']);
  const [ours, least] = [run['ours']!.mean, run['least-queue']!.mean];

  it('p99 wait is at most 0.30 of least queue, 0.55 of a central FIFO, 0.85 of the SwarmUI rule', () => {
    expect(ours.waitP99S / least.waitP99S).toBeLessThanOrEqual(0.3);
    expect(ours.waitP99S / run['central-fifo']!.mean.waitP99S).toBeLessThanOrEqual(0.55);
    expect(ours.waitP99S / run['swarmui-like']!.mean.waitP99S).toBeLessThanOrEqual(0.85);
  });

  it('models are loaded at most 0.60 times as often, for at most 7.2 % of the GPU time', () => {
    expect(ours.switchesPerJob / least.switchesPerJob).toBeLessThanOrEqual(0.6);
    expect(ours.loadingShare).toBeLessThanOrEqual(0.072);
  });
});

it('four nodes, six models, load 0.9: nobody starves (longest wait at most 0.85 of least queue)', () => {
  const run = compare('small', ['least-queue', 'ours']);
  expect(run['ours']!.mean.waitMaxS / run['least-queue']!.mean.waitMaxS).toBeLessThanOrEqual(0.85);
});

it('a threefold burst: p99 wait at most half of least queue', () => {
  const run = compare('burst', ['least-queue', 'ours']);
  expect(run['ours']!.mean.waitP99S / run['least-queue']!.mean.waitP99S).toBeLessThanOrEqual(0.5);
});

it('three thousand jobs at once: done no later than with a central FIFO', () => {
  const run = compare('batch', ['central-fifo', 'ours']);
  expect(run['ours']!.mean.makespanS).toBeLessThanOrEqual(run['central-fifo']!.mean.makespanS);
});

it('a tenant that queues 1,500 jobs: the others wait at most six times as long at p99, and all ends as soon', () => {
  const without = compare('hog-absent', ['ours'])['ours']!;
  const fair = compare('hog', ['ours'])['ours']!;
  const byArrival = runExperiment({
    trace: (seed) => makeTrace('hog', seed),
    seeds,
    policies: ['ours'],
    switches: { tags: false },
  })[0]!;
  expect(fair.othersP99S / without.othersP99S).toBeLessThanOrEqual(6);
  expect(Math.abs(fair.mean.makespanS / byArrival.mean.makespanS - 1)).toBeLessThanOrEqual(0.02);
});
