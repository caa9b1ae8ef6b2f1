/**
 * The order in which jobs take nodes: the static key plus what this job costs the others on this very node.
 *
 * Guarantees: the addition is never negative and never above `maxBiasS`, so no job is passed by one whose static key is
 * more than `maxBiasS` later (plus `holdMs`, see hold.ts). Within that bound, a second of loading or of memory taken from
 * waiting jobs weighs `lambda` virtual seconds, and a second of run time `sizeWeight`: work that keeps a node warm, and short
 * work, goes first. A job that pinned the node is not charged at all.
 */
import { meanEstimateS } from '../estimator/estimate.js';
import { evictionS } from '../score/eviction.js';
import { executionS } from '../score/execution.js';
import { switchingS } from '../score/switching.js';
import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';

export function keyOf(state: SchedulerState, job: Job, cls: ClassState, node: NodeState): number {
  return keyWith(state, job, cls, node, evictionS(state, cls, node));
}

/** The key but for evictions: never above it, and much cheaper. */
export function keyFloor(state: SchedulerState, job: Job, cls: ClassState, node: NodeState): number {
  return keyWith(state, job, cls, node, 0);
}

function keyWith(
  state: SchedulerState,
  job: Job,
  cls: ClassState,
  node: NodeState,
  evictedS: number,
): number {
  const { effKey } = job.spec;
  if (job.pin === node) return effKey;
  const { lambda, sizeWeight, maxBiasS, gamma } = state.options;
  const lostS = switchingS(state, cls, node) + evictedS;
  const biasS = lambda * lostS + sizeWeight * executionS(state, job, cls, node);
  const key = effKey + state.pace * (biasS < maxBiasS ? biasS : maxBiasS);
  return gamma === 0 ? key : key - gamma * drainS(state, cls);
}

/** Backlog of the class over the summed speed of the nodes that can work it off. */
function drainS(state: SchedulerState, cls: ClassState): number {
  let speed = 0;
  cls.feasible.forEachCommon(cls.feasible, (index) => {
    const node = state.nodes[index]!;
    if (node.spec.accepts) speed += node.speed;
  });
  return speed === 0 ? 0 : (cls.queued * meanEstimateS(state, cls)) / speed;
}
