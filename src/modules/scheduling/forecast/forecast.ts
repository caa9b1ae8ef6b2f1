/** What the scheduler would tell now of each job it knows, as plain data: why it waits, when it starts and ends. */
import { takesWork } from '../filters/vacancy.js';
import { dealOut, type Beyond, type Eta, firstJobs, nodeFree, type NodeFree, runningEta } from './eta.js';
import { explainWaiting, type WaitingReason } from './explain.js';
import type { SchedulerState } from '../state.js';

export interface JobForecast {
  jobId: string;
  classId: string;
  reason: WaitingReason;
  /** Its place in the order. */
  effKey: number;
  /** Absent when no node that takes work can run it. */
  eta?: Eta | undefined;
  /** Where that would be. */
  nodeId?: string | undefined;
}

/** For jobs that wait but are not among `waiting`. */
export interface ClassForecast {
  classId: string;
  reason: WaitingReason;
  beyond?: Beyond | undefined;
}

export interface RunForecast {
  jobId: string;
  eta: Eta;
}

export interface Forecast {
  atMs: number;
  /** Jobs dealt with in `waiting`, hence before all others. */
  waiting: JobForecast[];
  classes: ClassForecast[];
  running: RunForecast[];
  /** Those that take work. */
  nodes: NodeFree[];
}

export interface ForecastBounds {
  jobsMax: number;
  classesMax: number;
  runsMax: number;
  nodesMax: number;
}

export function forecastOf(state: SchedulerState, bounds: ForecastBounds): Forecast {
  const jobs = firstJobs(state, bounds.jobsMax);
  const { etas, nodes, beyond } = dealOut(state, jobs);
  return {
    atMs: state.nowMs,
    waiting: jobs.map(({ job, cls }) => ({
      jobId: job.spec.id,
      classId: cls.spec.id,
      reason: explainWaiting(state, cls.spec.id, job.spec.id)!,
      effKey: job.spec.effKey,
      eta: etas.get(job.spec.id),
      nodeId: nodes.get(job.spec.id),
    })),
    classes: classesWaiting(state, bounds.classesMax).map((cls) => ({
      classId: cls.spec.id,
      reason: explainWaiting(state, cls.spec.id, '')!,
      beyond: beyond(cls),
    })),
    running: runs(state, bounds.runsMax),
    nodes: state.nodes
      .flatMap((node) => (node && takesWork(node.spec) ? nodeFree(state, node) : []))
      .slice(0, bounds.nodesMax),
  };
}

function classesWaiting(state: SchedulerState, classesMax: number) {
  return state.classes
    .filter((cls) => cls !== undefined && cls.queued > 0)
    .slice(0, classesMax) as NonNullable<(typeof state.classes)[number]>[];
}

function runs(state: SchedulerState, runsMax: number): RunForecast[] {
  const found: RunForecast[] = [];
  for (const node of state.nodes) {
    if (!node || found.length >= runsMax) continue;
    for (const attempt of [node.running, node.next])
      if (attempt?.job) found.push({ jobId: attempt.jobId, eta: runningEta(state, node, attempt) });
  }
  return found;
}
