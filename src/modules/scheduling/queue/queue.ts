/**
 * The first jobs of each class, in order; all others stay in the database.
 *
 * Guarantees: a window never exceeds twice `windowSize`; it holds the least keys of its class among the tenants it does not
 * exclude; a job newly queued enters it only if it sorts before a job that is already there, or if nothing is left outside.
 */
import { avoids } from '../filters/avoid.js';
import { atLimit } from '../filters/limit.js';
import { notEstimated } from '../estimator/estimate.js';
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
  queued: number,
): void {
  const known = new Map(cls.window.map((job) => [job.spec.id, job]));
  cls.window = jobs
    .filter((spec) => !state.attempts.has(spec.id))
    .slice(0, state.options.windowSize * 2)
    .map((spec) => renewed(known.get(spec.id), spec) ?? newJob(state, spec))
    .toSorted(order);
  for (const job of known.values()) if (job.pin && !cls.window.includes(job)) unpin(state, job.pin);
  cls.loading = false;
  cls.complete = jobs.length < state.options.windowSize;
  setQueued(state, cls, Math.max(queued, cls.window.length));
  changed(state, cls);
}

/** What was learned of a job stays with it; the nodes it avoids may have become others. */
function renewed(job: Job | undefined, spec: QueuedJob): Job | undefined {
  if (job) job.spec = spec;
  return job;
}

export function enqueue(state: SchedulerState, cls: ClassState, spec: QueuedJob): void {
  if (state.attempts.has(spec.id) || cls.window.some((job) => job.spec.id === spec.id)) return;
  noteArrival(state, cls);
  setQueued(state, cls, cls.queued + 1);
  const job = newJob(state, spec);
  if (cls.excluded.includes(spec.tenantId) || !belongs(state, cls, job)) return;
  insert(cls.window, job);
  if (cls.window.length > state.options.windowSize * 2) {
    cls.window.pop();
    cls.complete = false;
  }
  changed(state, cls);
}

/** A job may enter if it sorts before one that is there, or if there is room and nothing was left outside. */
function belongs(state: SchedulerState, cls: ClassState, job: Job): boolean {
  const last = cls.window.at(-1);
  if (last && order(job, last) < 0) return true;
  const enters = cls.complete && cls.window.length < state.options.windowSize;
  if (!enters) cls.complete = false;
  return enters;
}

export function dequeue(state: SchedulerState, cls: ClassState, jobId: string): Job | undefined {
  const { window } = cls;
  const at = window.findIndex((job) => job.spec.id === jobId);
  setQueued(state, cls, Math.max(cls.queued - 1, 0));
  if (at < 0) return undefined;
  const job = at === 0 ? window.shift() : window.splice(at, 1)[0];
  if (job!.pin) unpin(state, job!.pin);
  changed(state, cls);
  return job;
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

function noteArrival(state: SchedulerState, cls: ClassState): void {
  const horizonS = state.options.evictionHorizonS;
  for (const number of cls.models) {
    const model = state.models[number]!;
    model.ratePerS *= Math.exp((model.rateAtMs - state.nowMs) / 1000 / horizonS);
    model.ratePerS += 1 / horizonS;
    model.rateAtMs = state.nowMs;
  }
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

function insert(window: Job[], job: Job): void {
  let at = window.length;
  while (at > 0 && order(job, window[at - 1]!) < 0) at -= 1;
  window.splice(at, 0, job);
}
