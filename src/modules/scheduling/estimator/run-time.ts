/**
 * Expected run time of a workflow profile on a GPU class, backing off to what is known about its relatives.
 *
 * The chain is profile on this GPU class, profile anywhere, model family on this GPU class, GPU class, 120 s. A level
 * speaks once it has three samples. The number of remembered regressions is bounded; the oldest goes.
 */
import { newRegression, observe, predictLog, type Regression } from './regression.js';

export interface RunTimes {
  byKey: Map<string, Regression>;
}

export interface RunTimeEstimate {
  p50Ms: number;
  p90Ms: number;
  /** Standard deviation of log time. */
  sigma: number;
  /** The level of the chain that answered. */
  source: (typeof sources)[number] | 'default';
}

export interface RunProfile {
  profileId: string;
  family: string;
}

const enoughSamples = 3;
const maxRegressions = 10_000;
const defaultLogMs = Math.log(120_000);
const defaultSigma = 1;
const z90 = 1.2816;

export function newRunTimes(): RunTimes {
  return { byKey: new Map() };
}

/** The chain of a profile on a GPU class, as keys: most specific first. */
export function runKeys({ profileId, family }: RunProfile, gpuClass: string): readonly string[] {
  return [`p:${profileId}@${gpuClass}`, `p:${profileId}`, `f:${family}@${gpuClass}`, `g:${gpuClass}`];
}

const sources = ['profile-gpu', 'profile', 'family-gpu', 'gpu'] as const;

/** `keys` from `runKeys`; a run without size or time teaches nothing. */
export function observeRun(times: RunTimes, keys: readonly string[], workUnits: number, runMs: number): void {
  if (!(workUnits > 0 && runMs > 0)) return;
  const logWork = Math.log(workUnits);
  const logTime = Math.log(runMs);
  for (const key of keys) {
    const known = times.byKey.get(key);
    if (known) observe(known, logWork, logTime);
    else remember(times, key, newRegression(logWork, logTime));
  }
}

function remember(times: RunTimes, key: string, regression: Regression): void {
  times.byKey.set(key, regression);
  if (times.byKey.size <= maxRegressions) return;
  for (const oldest of times.byKey.keys()) {
    times.byKey.delete(oldest);
    return;
  }
}

export function estimateRun(times: RunTimes, keys: readonly string[], workUnits: number): RunTimeEstimate {
  const known = speaking(times, keys);
  if (!known) return fromLog(defaultLogMs, defaultSigma, 'default');
  const level = keys.findIndex((key) => times.byKey.get(key) === known);
  return fromLog(predictLog(known, logWorkOf(workUnits)), Math.sqrt(known.variance), sources[level]!);
}

/** `p50Ms` of `estimateRun` alone, which every job needs on every GPU class. */
export function medianRunMs(times: RunTimes, keys: readonly string[], workUnits: number): number {
  const known = speaking(times, keys);
  return Math.exp(known ? predictLog(known, logWorkOf(workUnits)) : defaultLogMs);
}

/** The first level that has seen enough. */
function speaking(times: RunTimes, keys: readonly string[]): Regression | undefined {
  for (const key of keys) {
    const known = times.byKey.get(key);
    if (known && known.samples >= enoughSamples) return known;
  }
  return undefined;
}

function logWorkOf(workUnits: number): number {
  return Math.log(Math.max(workUnits, 1e-9));
}

function fromLog(log: number, sigma: number, source: RunTimeEstimate['source']): RunTimeEstimate {
  return { p50Ms: Math.exp(log), p90Ms: Math.exp(log + z90 * sigma), sigma, source };
}

export function runTimesToJson(times: RunTimes): Record<string, Regression> {
  return Object.fromEntries(times.byKey);
}

export function runTimesFromJson(json: Readonly<Record<string, Regression>>): RunTimes {
  return { byKey: new Map(Object.entries(json).map(([key, value]) => [key, { ...value }])) };
}
