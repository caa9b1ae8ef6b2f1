/**
 * The first jobs of each class, in order; all others stay in the database.
 *
 * Guarantees: a window never exceeds twice `windowSize`; it holds the least keys of its class among the tenants it does not
 * exclude, as they were when it was told last, less those that were placed since.
 */
import { avoids } from '../filters/avoid.js';
import { atLimit } from '../filters/limit.js';
import { notEstimated } from '../estimator/estimate.js';
import { noteArrivals } from './arrivals.js';
import { refreshHead } from './head-table.js';
import { order } from './order.js';
import { keptFor } from '../round/reserve.js';
import { unpin } from '../nodes/registry.js';
import type { ClassState, Job, Limit, NodeState, SchedulerState } from '../state.js';
import type { QueuedJob } from '../types.js';

export function replaceWindow(
  state: SchedulerState,
  cls: ClassState,
  jobs: readonly QueuedJob[],
  counted: number | undefined,
): void {
  const known = new Map(cls.window.map((job) => [job.spec.id, job]));
  const waiting = jobs.filter((spec) => !state.attempts.has(spec.id));
  const expected = cls.queued + noteArrivals(state, cls, known, waiting, counted);
  cls.window = waiting
    .slice(0, state.options.windowSize * 2)
    .map((spec) => renewed(known.get(spec.id), spec) ?? newJob(state, spec))
    .toSorted(order);
  cls.loading = false;
  state.reopening.delete(cls);
  cls.complete = jobs.length < state.options.windowSize;
  for (const job of known.values()) if (!cls.window.includes(job)) leave(state, cls, job);
  setQueued(state, cls, Math.max(counted ?? expected, cls.window.length));
  changed(state, cls);
}

/** It runs, was cancelled, or others sort before it now; what is remembered of its hold outlives only the last of these. */
function leave(state: SchedulerState, cls: ClassState, job: Job): void {
  if (job.pin) unpin(state, job.pin);
  if (cls.complete && cls.excluded.length === 0 && !state.attempts.has(job.spec.id))
    state.heldSinceMs.delete(job.spec.id);
}

/** What was learned of a job stays with it; the nodes it avoids may have become others. */
function renewed(job: Job | undefined, spec: QueuedJob): Job | undefined {
  if (job) job.spec = spec;
  return job;
}

/** Takes out a job that was placed. */
export function dequeue(state: SchedulerState, cls: ClassState, job: Job): void {
  const { window } = cls;
  const at = window.indexOf(job);
  if (at === 0) window.shift();
  else window.splice(at, 1);
  setQueued(state, cls, Math.max(cls.queued - 1, 0));
  if (job.pin) unpin(state, job.pin);
  changed(state, cls);
}

/** The first job of the class that may go to the node now. */
export function eligibleJob(state: SchedulerState, cls: ClassState, node: NodeState): Job | undefined {
  if (atLimit(cls.workflow)) return undefined;
  const { window } = cls;
  for (let at = 0; at < window.length; at += 1) {
    const job = window[at]!;
    if (!atLimit(job.tenant) && !avoids(state, job, cls, node)) return keptFor(node, job) ? undefined : job;
  }
  return undefined;
}

export function tenantLimit(state: SchedulerState, tenantId: string): Limit {
  const known = state.tenants.get(tenantId) ?? { active: 0, maxActive: Infinity };
  state.tenants.set(tenantId, known);
  return known;
}

export function newJob(state: SchedulerState, spec: QueuedJob): Job {
  const estimates = state.gpuClasses.map(() => notEstimated);
  return {
    spec,
    estimateS: estimates,
    tenant: tenantLimit(state, spec.tenantId),
    heldSinceMs: state.heldSinceMs.get(spec.id) ?? 0,
    pin: undefined,
  };
}

function setQueued(state: SchedulerState, cls: ClassState, queued: number): void {
  for (const model of cls.models) state.models[model]!.backlog += queued - cls.queued;
  cls.queued = queued;
}

function changed(state: SchedulerState, cls: ClassState): void {
  state.withHeads.set(cls.index, cls.window.length > 0);
  refreshHead(state, cls);
  state.freshClasses.add(cls);
  state.touched.add(cls);
}
