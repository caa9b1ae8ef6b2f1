/** Runs policies over a trace, once per seed, and averages. */
import { jainIndex, measure, meanOf, percentile, type Metrics } from './metrics.js';
import { makePolicy, type PolicyName } from './policies/index.js';
import type { OursSwitches } from './policies/ours.js';
import { runTrace, type RunRecord } from './run.js';
import type { Trace } from './trace.js';

export interface Experiment {
  /** The workload of a seed; a recorded one is the same for all. */
  trace: (seed: number) => Trace;
  seeds: readonly number[];
  policies: readonly PolicyName[];
  switches: OursSwitches;
}

export interface PolicyResult {
  policy: PolicyName;
  mean: Metrics;
  /** Per seed, in order. */
  runs: Metrics[];
  /** p99 wait of everybody but the tenant `hog`. */
  othersP99S: number;
  /** Jain index of the tenants' mean waits. */
  fairness: number;
  /** Waits of all seeds together at 0.1 % steps, for the plot. */
  waitQuantilesS: number[];
}

const quantiles = 1000;
const gammaForBatch = 0.25;

export function runExperiment(experiment: Experiment): PolicyResult[] {
  const traces = experiment.seeds.map((seed) => ({ seed, trace: experiment.trace(seed) }));
  return experiment.policies.map((policy) => {
    const records = traces.map(({ seed, trace }) =>
      runTrace(trace, makePolicy(policy, switchesFor(trace, experiment.switches)), seed),
    );
    return summarise(policy, records);
  });
}

/** A batch is what gamma is for; an operator would set it there. */
export function switchesFor(trace: Trace, switches: OursSwitches): OursSwitches {
  return trace.batch ? { ...switches, options: { gamma: gammaForBatch, ...switches.options } } : switches;
}

function summarise(policy: PolicyName, records: readonly RunRecord[]): PolicyResult {
  const runs = records.map((record) => measure(record));
  const others = records.map((record) => measure(record, ({ job }) => job.tenantId !== 'hog').waitP99S);
  const waits = records
    .flatMap(({ jobs }) => jobs.map((each) => (each.beganMs + each.loadMs - each.job.arrivalMs) / 1000))
    .toSorted((a, b) => a - b);
  return {
    policy,
    mean: meanOf(runs),
    runs,
    othersP99S: others.reduce((sum, each) => sum + each, 0) / others.length,
    fairness: records.reduce((sum, record) => sum + fairnessOf(record), 0) / records.length,
    waitQuantilesS: Array.from({ length: quantiles }, (_, at) => percentile(waits, (at + 1) / quantiles)),
  };
}

function fairnessOf(record: RunRecord): number {
  const tenants = new Set(record.trace.jobs.map((job) => job.tenantId));
  return jainIndex([...tenants].map((id) => measure(record, ({ job }) => job.tenantId === id).waitMeanS));
}
