import type { Trace, TraceJob, TraceNode } from '../trace.js';
import { makeModels, makeNodes } from './cluster.js';
import { fleetMix, makeJobs, meanBaseMsOf, usualMix } from './workload.js';

interface Shape {
  nodes: number;
  models: number;
  jobs: number;
  /** Offered load: arriving run time over the summed speed of the nodes, loads not counted. */
  rho: number;
  /** Times the rate during the third and the sixth tenth of the trace. */
  burst?: number;
  batch?: boolean;
  /** Jobs one tenant submits at once, half an hour in, while ten others share `rho`. */
  hogJobs?: number;
  /** Images of seconds beside videos of minutes, at exactly the load that is named. */
  fleet?: boolean;
}

const lightTenants = 10;

const t85: Shape = { nodes: 20, models: 12, jobs: 3_000, rho: 0.85 };
const fleet: Shape = { nodes: 50, models: 12, jobs: 12_000, rho: 0.9, fleet: true };

/** The reference traces; every one is made from its seed alone. */
export const shapes = {
  T50: { ...t85, rho: 0.5 },
  T70: { ...t85, rho: 0.7 },
  T85: t85,
  T90: { ...t85, rho: 0.9 },
  T95: { ...t85, rho: 0.95 },
  burst: { ...t85, rho: 0.7, burst: 3 },
  small: { nodes: 4, models: 6, jobs: 3_000, rho: 0.9 },
  n100: { nodes: 100, models: 30, jobs: 9_000, rho: 0.85 },
  n200: { nodes: 200, models: 40, jobs: 18_000, rho: 0.8 },
  hog: { ...t85, rho: 0.6, hogJobs: 1_500 },
  'hog-absent': { ...t85, rho: 0.6, hogJobs: 0 },
  batch: { ...t85, batch: true },
  fleet80: { ...fleet, rho: 0.8 },
  fleet90: { ...fleet, rho: 0.9 },
} satisfies Record<string, Shape>;

export type TraceName = keyof typeof shapes;

export function isTraceName(name: string): name is TraceName {
  return Object.hasOwn(shapes, name);
}

export function makeTrace(name: TraceName, seed: number): Trace {
  const shape: Shape = shapes[name];
  const models = makeModels(seed, shape.models);
  const mix = shape.fleet ? fleetMix : usualMix;
  const nodes = makeNodes(seed, shape.nodes, models);
  const tenants = Array.from(
    { length: shape.hogJobs === undefined ? 1 : lightTenants },
    (_, at) => `tenant-${at}`,
  );
  const ordinary = { jobs: shape.jobs, tenants, purpose: 'job', mix };
  const made = makeJobs(seed, models, { ...ordinary, ...rates(shape, nodes, meanBaseMsOf(mix)) });
  const jobs = shape.fleet ? atLoad(shape.rho, made, nodes) : made;
  const hog = makeJobs(seed, models, {
    jobs: shape.hogJobs ?? 0,
    tenants: ['hog'],
    purpose: 'hog',
    mix,
    peakRatePerMs: Infinity,
    ratePerMs: () => Infinity,
  }).map((job) => ({ ...job, arrivalMs: 30 * 60_000 }));
  const all = [...jobs, ...hog].toSorted((a, b) => a.arrivalMs - b.arrivalMs);
  return { name, nodes, models, jobs: all, batch: shape.batch ?? false };
}

/** Few long videos are most of the work, and how many of them a seed draws would decide more than the policy. */
function atLoad(rho: number, jobs: readonly TraceJob[], nodes: readonly TraceNode[]): TraceJob[] {
  const speed = nodes.reduce((sum, node) => sum + node.speed, 0);
  const workMs = jobs.reduce((sum, job) => sum + job.baseMs, 0);
  const stretch = workMs / (rho * speed * jobs.at(-1)!.arrivalMs);
  return jobs.map((job) => ({ ...job, arrivalMs: job.arrivalMs * stretch }));
}

function rates(shape: Shape, nodes: readonly TraceNode[], meanBaseMs: number) {
  if (shape.batch) return { peakRatePerMs: Infinity, ratePerMs: () => Infinity };
  const speed = nodes.reduce((sum, node) => sum + node.speed, 0);
  const ratePerMs = (shape.rho * speed) / meanBaseMs;
  const { burst } = shape;
  if (burst === undefined) return { peakRatePerMs: ratePerMs, ratePerMs: () => ratePerMs };
  const tenthMs = shape.jobs / ratePerMs / 10;
  const bursts = new Set([2, 5]);
  return {
    peakRatePerMs: burst * ratePerMs,
    ratePerMs: (atMs: number) => (bursts.has(Math.floor(atMs / tenthMs)) ? burst * ratePerMs : ratePerMs),
  };
}
