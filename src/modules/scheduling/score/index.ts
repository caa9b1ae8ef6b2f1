import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';
import type { CostTerms, ScoredNode } from '../types.js';
import { evictionS } from './others/eviction.js';
import { executionS } from './execution.js';
import { hazardS } from './hazard.js';
import { loraS } from './lora.js';
import { occupationS } from './others/occupation.js';
import { remainingS } from './remaining.js';
import { switchingS } from './switching.js';
import { uploadS } from './upload.js';

/**
 * Expected seconds until the job would be finished on the node, with what it costs others (E, O) and may cost again (H). Its own run
 * counts as `runWeight` says: on a slower node it takes longer for this job alone and does the same work, while a node that loads
 * does none, and everybody waits. Anything at or above `limitS` is returned as Infinity, without working out E and O: E is by far the dearest term.
 */
export function costS(
  state: SchedulerState,
  job: Job,
  cls: ClassState,
  node: NodeState,
  limitS = Infinity,
): number {
  const execution = executionS(state, job, cls, node);
  const ownS =
    remainingS(state, node) +
    switchingS(state, cls, node) +
    loraS(state, cls, node) +
    uploadS(job, node) +
    state.options.runWeight * execution +
    hazardS(node, execution);
  if (ownS > limitS) return Infinity;
  return ownS + evictionS(state, cls, node) + occupationS(state, job, cls, node);
}

/** The same with its own run in full: until it would be finished. */
export function endS(state: SchedulerState, job: Job, cls: ClassState, node: NodeState): number {
  const { runWeight } = state.options;
  return costS(state, job, cls, node) + (1 - runWeight) * executionS(state, job, cls, node);
}

/** The same as `costS`, with its terms in full. */
export function scoreNode(state: SchedulerState, job: Job, cls: ClassState, node: NodeState): ScoredNode {
  const execution = executionS(state, job, cls, node);
  const terms: CostTerms = {
    remainingS: remainingS(state, node),
    switchingS: switchingS(state, cls, node),
    loraS: loraS(state, cls, node),
    uploadS: uploadS(job, node),
    executionS: execution,
    evictionS: evictionS(state, cls, node),
    occupationS: occupationS(state, job, cls, node),
    hazardS: hazardS(node, execution),
  };
  return { nodeId: node.spec.id, costS: sum(terms, state.options.runWeight), terms };
}

function sum(terms: CostTerms, runWeight: number): number {
  const {
    remainingS: r,
    switchingS: s,
    loraS: l,
    uploadS: u,
    executionS: x,
    evictionS: e,
    occupationS: o,
    hazardS: h,
  } = terms;
  return r + s + l + u + runWeight * x + e + o + h;
}
