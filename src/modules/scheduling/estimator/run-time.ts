/**
 * Expected run time of a workflow profile on a GPU class, backing off to what is known about its relatives.
 *
 * The chain is profile on this GPU class, profile anywhere, model family on this GPU class, GPU class, 120 s. A level
 * speaks once it has three samples. The number of remembered regressions is bounded; the oldest goes.
 *
 * Relatives may measure their work in other units (pixels × steps, seconds of video, or nothing at all), so that a rate per unit is
 * carried from one profile to another only between runs of like size: the levels of family and GPU class are kept per power of ten.
 * Every estimate is a finite time between a millisecond and a day, whatever was learned.
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
/** Beyond these nothing is believed, neither of work nor of time: a node's clock and a graph's numbers may say anything. */
const logWorkBounds = { least: Math.log(1e-9), most: Math.log(1e18) };
const logMsBounds = { least: 0, most: Math.log(86_400_000) };

export function newRunTimes(): RunTimes {
  return { byKey: new Map() };
}

/** The chain of a profile on a GPU class, as keys: most specific first. */
export function runKeys({ profileId, family }: RunProfile, gpuClass: string): readonly string[] {
  return [`p:${profileId}@${gpuClass}`, `p:${profileId}`, `f:${family}@${gpuClass}`, `g:${gpuClass}`];
}

const sources = ['profile-gpu', 'profile', 'family-gpu', 'gpu'] as const;
/** From this level of the chain on, what is learned is of other profiles too. */
const firstShared = 2;

/** `keys` from `runKeys`; a run without size or time teaches nothing. */
export function observeRun(times: RunTimes, keys: readonly string[], workUnits: number, runMs: number): void {
  if (!(workUnits > 0 && runMs > 0)) return;
  const logWork = logWorkOf(workUnits);
  const logTime = within(Math.log(runMs), logMsBounds);
  for (const [level, key] of keys.entries()) {
    const own = levelKey(key, level, logWork);
    const known = times.byKey.get(own);
    if (known) observe(known, logWork, logTime);
    else remember(times, own, newRegression(logWork, logTime));
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
  const logWork = logWorkOf(workUnits);
  const level = speaking(times, keys, logWork);
  const known = level < 0 ? undefined : times.byKey.get(levelKey(keys[level]!, level, logWork));
  if (!known) return fromLog(defaultLogMs, defaultSigma, 'default');
  return fromLog(predictLog(known, logWork), Math.sqrt(known.variance), sources[level]!);
}

/** `p50Ms` of `estimateRun` alone, which every job needs on every GPU class. */
export function medianRunMs(times: RunTimes, keys: readonly string[], workUnits: number): number {
  return estimateRun(times, keys, workUnits).p50Ms;
}

/** The first level that has seen enough; -1 for none. */
function speaking(times: RunTimes, keys: readonly string[], logWork: number): number {
  return keys.findIndex((key, level) => {
    const known = times.byKey.get(levelKey(key, level, logWork));
    return known !== undefined && known.samples >= enoughSamples;
  });
}

const levelKey = (key: string, level: number, logWork: number): string =>
  level < firstShared ? key : `${key}~${Math.floor(logWork / Math.LN10 + 1e-9)}`;

const logWorkOf = (workUnits: number): number =>
  within(Math.log(Math.max(workUnits, Number.MIN_VALUE)), logWorkBounds);

/** What is no number is the least. */
const within = (value: number, { least, most }: { least: number; most: number }): number =>
  Number.isNaN(value) ? least : Math.min(most, Math.max(least, value));

const timeOf = (logMs: number): number => Math.exp(within(logMs, logMsBounds));

function fromLog(log: number, sigma: number, source: RunTimeEstimate['source']): RunTimeEstimate {
  return { p50Ms: timeOf(log), p90Ms: timeOf(log + z90 * sigma), sigma, source };
}

export function runTimesToJson(times: RunTimes): Record<string, Regression> {
  return Object.fromEntries(times.byKey);
}

export function runTimesFromJson(json: Readonly<Record<string, Regression>>): RunTimes {
  return { byKey: new Map(Object.entries(json).map(([key, value]) => [key, { ...value }])) };
}
