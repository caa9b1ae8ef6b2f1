/**
 * A day of a cluster whose GPU pools are scaled by the figure that the service tells: the reference trace T85 (models, kinds, sizes
 * and the load of its twenty nodes at the busiest hour) over three pools of the three speeds, quiet at night. Same seed, same day.
 */
import { stream } from '../../../src/programs/simulation/rng.js';
import type { TraceJob } from '../../../src/programs/simulation/trace.js';
import { gigabytes, makeModels } from '../../../src/programs/simulation/traces/cluster.js';
import { makeJobs, meanBaseMsOf, usualMix } from '../../../src/programs/simulation/traces/workload.js';
import { Fleet, type FleetPool } from './fleet.js';
import { clairvoyantNeed } from './need.js';
import { lookIntervalMs, Scaler, type ScalerSettings } from './pods.js';

export const targetWaitS = 300;
export const hourMs = 3_600_000;
/** What is learned of run times in the first hours is not judged. */
export const judgedFromMs = 3 * hourMs;
const endMs = 27 * hourMs;
const rho = 0.85;
/** Nothing that a pool can run comes in these hours. */
export const night = { fromMs: 21 * hourMs, toMs: 25 * hourMs };
export const unrunnable = 'nobody-has-it';

export interface Sample {
  atMs: number;
  pool: string;
  /** The product's figure. */
  wanted: number;
  /** Of somebody who knows how long every run will be. */
  needed: number;
  /** A fourth of all that waits, as people scale who only see the length of a queue. */
  queued: number;
  pods: number;
  /** Jobs wait that the pool could run. */
  hasWork: boolean;
}

export interface Day {
  samples: Sample[];
  scalers: Map<string, Scaler>;
  waitsMs: number[];
  unrun: string[];
  busyMs: number;
}

/** `follows`: which of the figures the pods go by. */
export function simulateDay(
  seed: number,
  settings: Omit<ScalerSettings, 'podsMax'>,
  follows: 'wanted' | 'needed' | 'queued' = 'wanted',
): Day {
  const models = makeModels(seed, 12);
  const pools = poolsOver(models.map(({ name }) => name));
  const fleet = new Fleet(pools, new Map(models.map((model) => [model.name, model])));
  for (const job of [...arrivals(seed, pools, models), ...unrunnableJobs(seed)]) fleet.arrive(job);
  const scalers = new Map(
    pools.map(({ name, nodesMax }) => [name, new Scaler({ ...settings, podsMax: nodesMax })]),
  );
  const samples: Sample[] = [];
  for (let nowMs = 0; nowMs <= endMs; nowMs += lookIntervalMs) {
    fleet.advance(nowMs);
    fleet.tick(nowMs);
    for (const sample of look(fleet, pools, nowMs)) {
      const scaler = scalers.get(sample.pool)!;
      scaler.look(nowMs, sample[follows]);
      fleet.scale(
        nowMs,
        pools.find(({ name }) => name === sample.pool)!,
        scaler.pods,
      );
      if (nowMs >= judgedFromMs) samples.push({ ...sample, pods: scaler.pods });
    }
  }
  const unrun = [...fleet.waiting.keys()];
  return { samples, scalers, waitsMs: [...fleet.waitsMs.values()], unrun, busyMs: fleet.busyMs };
}

/** Of the speeds of T85; each model is on three quarters of the nodes, all nodes of a pool alike. */
function poolsOver(models: readonly string[]): FleetPool[] {
  return [
    { name: 'h100', speed: 1, nodesMax: 7 },
    { name: 'l40s', speed: 0.65, nodesMax: 7 },
    { name: 'rtx4090', speed: 0.45, nodesMax: 6 },
  ].map((pool, at) => ({
    ...pool,
    gpuClass: `gpu-${pool.speed}`,
    vramBytes: 48 * gigabytes,
    models: new Set(models.filter((_, model) => model % 4 !== at)),
  }));
}

function arrivals(
  seed: number,
  pools: readonly FleetPool[],
  models: ReturnType<typeof makeModels>,
): TraceJob[] {
  const speed = pools.reduce((sum, pool) => sum + pool.speed * pool.nodesMax, 0);
  const peakRatePerMs = (rho * speed) / meanBaseMsOf(usualMix);
  const ratePerMs = (atMs: number): number => peakRatePerMs * shareAt(atMs);
  const demand = { tenants: ['tenant'], purpose: 'day', mix: usualMix, peakRatePerMs, ratePerMs };
  const jobs = Math.ceil(peakRatePerMs * endMs);
  // A request says its size in units of its own profile; of which the estimator knows nothing at first.
  return makeJobs(seed, models, { ...demand, jobs }).filter(({ arrivalMs }) => arrivalMs < endMs - hourMs);
}

/** Of the busiest hour's rate: a working day with two humps, and a night. */
function shareAt(atMs: number): number {
  if (atMs >= night.fromMs && atMs < night.toMs) return 0;
  if (atMs >= night.toMs) return 0.2;
  const hour = atMs / hourMs;
  return 0.15 + 0.85 * Math.sin((Math.PI * hour) / 9) ** 2;
}

/** A file that no node ever had: they wait from the evening on, through the night. */
function unrunnableJobs(seed: number): TraceJob[] {
  const rng = stream(seed, 'unrunnable');
  return Array.from({ length: 60 }, (_, at) => ({
    id: `${unrunnable}-${at}`,
    arrivalMs: rng.uniform(10 * hourMs, night.toMs - hourMs),
    tenantId: 'tenant',
    priority: 0,
    models: [unrunnable],
    profileId: unrunnable,
    workUnits: 1,
    baseMs: 60_000,
  }));
}

function look(fleet: Fleet, pools: readonly FleetPool[], nowMs: number): Omit<Sample, 'pods'>[] {
  const wishes = fleet.wishes(targetWaitS);
  const waiting = [...fleet.waiting.values()];
  const order = pools.toSorted(
    (a, b) => Number(wishes.get(b.name)!.nodes > 0) - Number(wishes.get(a.name)!.nodes > 0),
  );
  const able = (job: TraceJob) =>
    order.filter(({ models }) => job.models.every((model) => models.has(model)));
  const need = clairvoyantNeed(
    order.map(({ name, nodesMax }) => ({ name, nodesMax, busyForMs: fleet.busyForMs(name, nowMs) })),
    waiting.map((job) => ({
      runMs: new Map(able(job).map(({ name, speed }) => [name, job.baseMs / speed])),
    })),
    targetWaitS * 1000,
  );
  return pools.map(({ name, models }) => ({
    atMs: nowMs,
    pool: name,
    wanted: wishes.get(name)!.nodesWanted,
    needed: need.get(name)!,
    queued: Math.ceil(waiting.length / 4),
    hasWork: waiting.some((job) => job.models.every((model) => models.has(model))),
  }));
}
