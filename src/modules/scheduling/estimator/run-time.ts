/**
 * Expected run time of a workflow profile on a GPU class, backing off to what is known about its relatives.
 *
 * The chain is profile on this GPU class, profile anywhere, model family on this GPU class, GPU class, 120 s. A level
 * speaks once it has three samples. The number of remembered regressions is bounded; the least recently observed goes.
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
  source: 'profile-gpu' | 'profile' | 'family-gpu' | 'gpu' | 'default';
}

export interface RunProfile {
  profileId: string;
  family: string;
}

const enoughSamples = 3;
const maxRegressions = 10_000;
const defaultRunMs = 120_000;
const defaultSigma = 1;
const z90 = 1.2816;

export function newRunTimes(): RunTimes {
  return { byKey: new Map() };
}

export function observeRun(
  times: RunTimes,
  profile: RunProfile,
  gpuClass: string,
  workUnits: number,
  runMs: number,
): void {
  if (!(workUnits > 0 && runMs > 0)) return;
  for (const [, key] of chain(profile, gpuClass)) {
    const known = times.byKey.get(key);
    times.byKey.delete(key);
    if (known) observe(known, workUnits, runMs);
    times.byKey.set(key, known ?? newRegression(workUnits, runMs));
  }
  for (const key of times.byKey.keys()) {
    if (times.byKey.size <= maxRegressions) break;
    times.byKey.delete(key);
  }
}

export function estimateRun(
  times: RunTimes,
  profile: RunProfile,
  gpuClass: string,
  workUnits: number,
): RunTimeEstimate {
  for (const [source, key] of chain(profile, gpuClass)) {
    const known = times.byKey.get(key);
    if (!known || known.samples < enoughSamples) continue;
    return fromLog(predictLog(known, Math.max(workUnits, 1e-9)), Math.sqrt(known.variance), source);
  }
  return fromLog(Math.log(defaultRunMs), defaultSigma, 'default');
}

function fromLog(log: number, sigma: number, source: RunTimeEstimate['source']): RunTimeEstimate {
  return { p50Ms: Math.exp(log), p90Ms: Math.exp(log + z90 * sigma), sigma, source };
}

function chain(
  profile: RunProfile,
  gpuClass: string,
): [Exclude<RunTimeEstimate['source'], 'default'>, string][] {
  return [
    ['profile-gpu', `p:${profile.profileId}@${gpuClass}`],
    ['profile', `p:${profile.profileId}`],
    ['family-gpu', `f:${profile.family}@${gpuClass}`],
    ['gpu', `g:${gpuClass}`],
  ];
}

export function runTimesToJson(times: RunTimes): Record<string, Regression> {
  return Object.fromEntries(times.byKey);
}

export function runTimesFromJson(json: Readonly<Record<string, Regression>>): RunTimes {
  return { byKey: new Map(Object.entries(json).map(([key, value]) => [key, { ...value }])) };
}
