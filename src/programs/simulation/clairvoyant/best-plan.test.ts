import { expect, it } from 'vitest';
import { measure } from '../metrics.js';
import { makePolicy } from '../policies/index.js';
import { stream } from '../rng.js';
import { runTrace } from '../run.js';
import type { Trace, TraceJob } from '../trace.js';
import { makeTrace } from '../traces/index.js';
import { bestPlan } from './best-plan.js';

const models = ['a', 'b'] as const;

/** Two nodes of unlike speed that hold one model each, and six jobs: few enough to try every schedule. */
function tiny(seed: number): Trace {
  const rng = stream(seed, 'tiny');
  const jobs = Array.from({ length: 6 }, (_, at): TraceJob => {
    const model = models[rng.int(2)]!;
    const asked = { tenantId: 't', priority: 0, models: [model], profileId: model, workUnits: 1 };
    return { id: `j${at}`, arrivalMs: rng.uniform(0, 200_000), baseMs: rng.uniform(5_000, 90_000), ...asked };
  });
  return {
    name: 'tiny',
    nodes: [1, 0.5].map((speed, at) => ({
      id: `n${at}`,
      gpuClass: `g${at}`,
      vramBytes: 12e9,
      models: [...models],
      speed,
    })),
    models: models.map((name, at) => ({ name, sizeBytes: 12e9, loadMs: 20_000 + 20_000 * at })),
    jobs: jobs.toSorted((a, b) => a.arrivalMs - b.arrivalMs),
    batch: false,
  };
}

/** Least sum of waits of all ways to give the jobs to the nodes, in every order. */
function leastWaitMs({ jobs, nodes, models: files }: Trace): number {
  let least = Infinity;
  const place = (
    left: readonly TraceJob[],
    state: readonly { freeMs: number; model: string }[],
    sumMs: number,
  ): void => {
    if (sumMs >= least) return;
    if (left.length === 0) least = sumMs;
    for (const job of left) {
      for (const [at, { freeMs, model }] of state.entries()) {
        const loadMs = model === job.models[0] ? 0 : files.find(({ name }) => name === job.models[0])!.loadMs;
        const beginMs = Math.max(freeMs, job.arrivalMs) + loadMs;
        const next = { freeMs: beginMs + job.baseMs / nodes[at]!.speed, model: job.models[0]! };
        place(
          left.filter((other) => other !== job),
          state.with(at, next),
          sumMs + beginMs - job.arrivalMs,
        );
      }
    }
  };
  place(
    jobs,
    nodes.map(() => ({ freeMs: 0, model: '' })),
    0,
  );
  return least;
}

it('where every schedule can be tried, none is better than the best, and the reference is near it', () => {
  const ratios = Array.from({ length: 12 }, (_, seed) => {
    const trace = tiny(seed);
    const leastMs = leastWaitMs(trace);
    return (measure(bestPlan(trace, 1)).waitMeanS * 1000 * trace.jobs.length) / leastMs;
  });
  expect(Math.min(...ratios)).toBeGreaterThanOrEqual(1);
  expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toBeLessThanOrEqual(1.25);
});

it('needs less than any policy that does not know the truth', () => {
  const whole = makeTrace('T85', 3);
  const trace = { ...whole, jobs: whole.jobs.slice(0, 600) };
  const referenceS = measure(bestPlan(trace, 3)).waitMeanS;
  for (const policy of ['central-fifo', 'least-queue', 'swarmui-like', 'ours'] as const)
    expect(measure(runTrace(trace, makePolicy(policy, {}), 3)).waitMeanS).toBeGreaterThan(referenceS);
});
