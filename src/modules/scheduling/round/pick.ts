/**
 * The order in which jobs take nodes: the static key plus what this job costs the others on this very node.
 *
 * Guarantees: the addition is never negative and never above `maxBiasS + maxSizeBiasS`, so no job is passed by one whose static
 * key is more than that later (plus `holdMs`, see hold.ts). A second of loading or of memory taken from waiting jobs weighs
 * `lambda` virtual seconds, and a second of run time `sizeWeight`: work that keeps a node warm, and short work, goes first. Each
 * has a bound of its own, so that a long job loses nothing to warm work for being long. A job that pinned the node is not
 * charged at all.
 *
 * What warm work may gain rises with the time that jobs wait, from `calmBiasS` to `maxBiasS`: under a long queue every load that
 * is saved shortens it, under a short one it only makes a few jobs wait longest.
 */
import { meanEstimateS } from '../estimator/estimate.js';
import { evictionS } from '../score/others/eviction.js';
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
  const { lambda, sizeWeight, maxSizeBiasS, gamma } = state.options;
  const lostS = lambda * (switchingS(state, cls, node) + evictedS);
  const sizeS = sizeWeight * executionS(state, job, cls, node);
  const key = effKey + state.pace * (Math.min(lostS, state.loadBiasMaxS) + Math.min(sizeS, maxSizeBiasS));
  return gamma === 0 ? key : key - gamma * drainS(state, cls);
}

const newestShare = 0.02;

/** A job is placed after this wait. */
export function noteWait(state: SchedulerState, { spec }: Job): void {
  const waitS = Math.max(0, state.nowMs - spec.enqueuedAtMs) / 1000;
  state.waitS += newestShare * (waitS - state.waitS);
}

/** Between turns alone: within one, keys must stay comparable. */
export function refreshBias(state: SchedulerState): void {
  const { maxBiasS, calmBiasS } = state.options;
  state.loadBiasMaxS = Math.min(maxBiasS, Math.max(calmBiasS, state.waitS));
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
