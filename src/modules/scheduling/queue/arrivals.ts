/**
 * How often jobs come that need a model: nobody tells the scheduler of a submit, it sees it in the windows.
 *
 * A job that was not in the window and is younger than its last reading has come since; what a count finds more than that has come
 * behind a full window. At the first reading the ages of the jobs tell it.
 */
import type { ClassState, Job, ModelState, SchedulerState } from '../state.js';
import type { QueuedJob } from '../types.js';

/** A submit that was under way during the last reading is older than it looks. */
const slackMs = 250;

/** Returns how many came. `counted`: all that wait, if that was counted. */
export function noteArrivals(
  state: SchedulerState,
  cls: ClassState,
  known: ReadonlyMap<string, Job>,
  jobs: readonly QueuedJob[],
  counted: number | undefined,
): number {
  const sinceMs = cls.readAtMs - slackMs;
  const isFirst = cls.readAtMs === -Infinity;
  let came = 0;
  for (const { id, enqueuedAtMs } of jobs) {
    if (known.has(id) || enqueuedAtMs < sinceMs) continue;
    came += 1;
    arrive(state, cls, 1, isFirst ? Math.min(enqueuedAtMs, state.nowMs) : state.nowMs);
  }
  cls.readAtMs = state.nowMs;
  const behind = counted === undefined || isFirst ? 0 : Math.max(0, counted - cls.queued - came);
  if (behind > 0) arrive(state, cls, behind, state.nowMs);
  return came + behind;
}

function arrive(state: SchedulerState, cls: ClassState, count: number, atMs: number): void {
  const { evictionHorizonS } = state.options;
  const agedBy = Math.exp((atMs - state.nowMs) / 1000 / evictionHorizonS);
  for (const number of cls.models) {
    const model = state.models[number]!;
    model.ratePerS = arrivalsPerS(state, model) + (count * agedBy) / evictionHorizonS;
    model.rateAtMs = state.nowMs;
  }
}

/** Jobs per second that need the model, averaged over the eviction horizon. */
export function arrivalsPerS(state: SchedulerState, { ratePerS, rateAtMs }: ModelState): number {
  return ratePerS * Math.exp((rateAtMs - state.nowMs) / 1000 / state.options.evictionHorizonS);
}
