/**
 * Reservation: a job that was overtaken by more than `reserveAfterS`, or is near its deadline, pins the feasible node that
 * frees first: until it runs, only jobs that sort before it may go there, and its load time no longer counts against it.
 *
 * Overtaken is measured in the order key besides the clock: under overload every job is old, and a tenant who queued a
 * thousand jobs must not gain from it. At most `reserveShare` of the nodes are pinned at once.
 */
import { estimateS } from '../estimator/estimate.js';
import { avoids } from '../filters/avoid.js';
import { takesWork } from '../filters/vacancy.js';
import { atLimit } from '../filters/limit.js';
import { order } from '../queue/order.js';
import { costS } from '../score/index.js';
import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';

export function reserve(state: SchedulerState): void {
  const room = Math.max(1, Math.floor(state.nodeById.size * state.options.reserveShare)) - state.pinned.size;
  if (room <= 0) return;
  const due: { job: Job; cls: ClassState }[] = [];
  state.withHeads.forEachCommon(state.withHeads, (index) => {
    const cls = state.classes[index]!;
    const job = cls.window[0]!;
    if (!job.pin && !atLimit(cls.workflow) && !atLimit(job.tenant) && isDue(state, job, cls))
      due.push({ job, cls });
  });
  due.sort((a, b) => a.job.spec.effKey - b.job.spec.effKey);
  for (const { job, cls } of due.slice(0, room)) pin(state, job, cls);
}

function isDue(state: SchedulerState, job: Job, cls: ClassState): boolean {
  const { spec } = job;
  const afterS = state.options.reserveAfterS;
  const overtakenS = state.greatestKey - spec.effKey;
  if (overtakenS > afterS && state.nowMs - spec.enqueuedAtMs > afterS * 1000) return true;
  if (spec.deadlineMs === undefined) return false;
  const estimatesS = state.gpuClasses.map((_, gpu) => estimateS(state, job, cls, gpu));
  return spec.deadlineMs - state.nowMs < 2 * 1000 * Math.max(...estimatesS);
}

function pin(state: SchedulerState, job: Job, cls: ClassState): void {
  let best: NodeState | undefined;
  let bestS = Infinity;
  cls.feasible.forEachCommon(cls.feasible, (index) => {
    const node = state.nodes[index]!;
    if (!takesWork(node.spec) || node.pinnedFor || avoids(state, job, cls, node)) return;
    const ends = costS(state, job, cls, node);
    if (ends < bestS) [best, bestS] = [node, ends];
  });
  if (!best) return;
  best.pinnedFor = job;
  job.pin = best;
  state.pinned.add(best);
  if (best.freeAt >= 0) state.freshNodes.push(best);
}

/** Whether the node is kept for a job that sorts before this one. */
export function keptFor({ pinnedFor }: NodeState, job: Job): boolean {
  return pinnedFor !== undefined && pinnedFor !== job && order(pinnedFor, job) < 0;
}
