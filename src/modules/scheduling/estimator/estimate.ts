import { medianRunMs, runKeys } from './run-time.js';
import type { ClassState, Job, SchedulerState } from '../state.js';

/** Stands in a job's `estimateS` until the figure is asked for; a fraction like the rest, so that the array need not change its kind. */
export const notEstimated = -0.5;

/** Expected warm run time at speed 1 on a GPU class, computed when first asked for: most jobs see few GPU classes. */
export function estimateS(state: SchedulerState, job: Job, cls: ClassState, gpu: number): number {
  const known = job.estimateS[gpu];
  if (known !== undefined && known >= 0) return known;
  const seconds = medianRunMs(state.runTimes, keysOf(state, cls, gpu), job.spec.workUnits) / 1000;
  job.estimateS[gpu] = seconds;
  return seconds;
}

/** The class's keys into the run times, made once: they are needed for every job and every finished run. */
export function keysOf(state: SchedulerState, cls: ClassState, gpu: number): readonly string[] {
  return (cls.runKeys[gpu] ??= runKeys(cls.spec, state.gpuClasses[gpu]!));
}

/** Mean over the jobs in the window, on a GPU class, by default the first; 0 when none waits. */
export function meanEstimateS(state: SchedulerState, cls: ClassState, gpu = 0): number {
  if (cls.window.length === 0) return 0;
  return cls.window.reduce((sum, job) => sum + estimateS(state, job, cls, gpu), 0) / cls.window.length;
}
