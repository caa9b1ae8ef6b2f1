/** What the scheduler would tell now of each job it knows, as plain data: why it waits, when it starts and ends. */
import { dealOut, type Beyond, type Eta, firstJobs, runningEta } from './eta.js';
import { explainWaiting, type WaitingReason } from './explain.js';
import type { SchedulerState } from '../state.js';

export interface JobForecast {
  jobId: string;
  classId: string;
  reason: WaitingReason;
  /** Absent when no node that takes work can run it. */
  eta?: Eta | undefined;
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
}

export interface ForecastBounds {
  jobsMax: number;
  classesMax: number;
  runsMax: number;
}

export function forecastOf(state: SchedulerState, bounds: ForecastBounds): Forecast {
  const jobs = firstJobs(state, bounds.jobsMax);
  const { etas, beyond } = dealOut(state, jobs);
  return {
    atMs: state.nowMs,
    waiting: jobs.map(({ job, cls }) => ({
      jobId: job.spec.id,
      classId: cls.spec.id,
      reason: explainWaiting(state, cls.spec.id, job.spec.id)!,
      eta: etas.get(job.spec.id),
    })),
    classes: classesWaiting(state, bounds.classesMax).map((cls) => ({
      classId: cls.spec.id,
      reason: explainWaiting(state, cls.spec.id, '')!,
      beyond: beyond(cls),
    })),
    running: runs(state, bounds.runsMax),
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
