/** What a run was like for those who waited. Waiting lasts until useful work begins: loading a model counts as waiting. */
import type { JobRecord, RunRecord } from './run.js';

export interface Metrics {
  waitMeanS: number;
  waitP50S: number;
  waitP95S: number;
  waitP99S: number;
  waitMaxS: number;
  sojournP95S: number;
  /** Loads per job. */
  switchesPerJob: number;
  /** Share of the nodes' busy time spent loading. */
  loadingShare: number;
  /** Busy time, loading included, over nodes times makespan. */
  utilisation: number;
  /** From the first arrival to the last end. */
  makespanS: number;
}

export function measure(
  { trace, jobs }: RunRecord,
  only: (record: JobRecord) => boolean = () => true,
): Metrics {
  const counted = jobs.filter(only);
  const waits = sorted(counted.map((each) => (each.beganMs + each.loadMs - each.job.arrivalMs) / 1000));
  const sojourns = sorted(counted.map((each) => (each.endedMs - each.job.arrivalMs) / 1000));
  const loadingMs = sum(jobs.map((each) => each.loadMs));
  const busyMs = sum(jobs.map((each) => each.endedMs - each.beganMs));
  const makespanMs = Math.max(...jobs.map((each) => each.endedMs)) - trace.jobs[0]!.arrivalMs;
  return {
    waitMeanS: sum(waits) / waits.length,
    waitP50S: percentile(waits, 0.5),
    waitP95S: percentile(waits, 0.95),
    waitP99S: percentile(waits, 0.99),
    waitMaxS: waits.at(-1) ?? 0,
    sojournP95S: percentile(sojourns, 0.95),
    switchesPerJob: jobs.filter((each) => each.loadMs > 0).length / jobs.length,
    loadingShare: loadingMs / busyMs,
    utilisation: busyMs / (trace.nodes.length * makespanMs),
    makespanS: makespanMs / 1000,
  };
}

/** Means over runs, figure by figure. */
export function meanOf(runs: readonly Metrics[]): Metrics {
  const names = Object.keys(runs[0]!) as (keyof Metrics)[];
  const means = names.map((name) => [name, sum(runs.map((run) => run[name])) / runs.length]);
  return Object.fromEntries(means) as Metrics;
}

/** Nearest rank. */
export function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? 0;
}

/** 1 when all tenants fared alike, 1/n when one had everything. */
export function jainIndex(values: readonly number[]): number {
  const squares = sum(values.map((value) => value * value));
  return squares === 0 ? 1 : sum(values) ** 2 / (values.length * squares);
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
