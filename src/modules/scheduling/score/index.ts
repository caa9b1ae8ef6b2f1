import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';
import type { CostTerms, ScoredNode } from '../types.js';
import { evictionS } from './eviction.js';
import { executionS } from './execution.js';
import { hazardS } from './hazard.js';
import { loraS } from './lora.js';
import { remainingS } from './remaining.js';
import { switchingS } from './switching.js';
import { uploadS } from './upload.js';

/**
 * Expected seconds until the job would be finished on the node, with what it costs others (E) and may cost again (H).
 * Anything at or above `limitS` is returned as Infinity, without working out E: it is by far the dearest term.
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
    execution +
    hazardS(node, execution);
  if (ownS > limitS) return Infinity;
  return ownS + evictionS(state, cls, node);
}

/** The same, term by term. */
export function scoreNode(state: SchedulerState, job: Job, cls: ClassState, node: NodeState): ScoredNode {
  const execution = executionS(state, job, cls, node);
  const terms: CostTerms = {
    remainingS: remainingS(state, node),
    switchingS: switchingS(state, cls, node),
    loraS: loraS(state, cls, node),
    uploadS: uploadS(job, node),
    executionS: execution,
    evictionS: evictionS(state, cls, node),
    hazardS: hazardS(node, execution),
  };
  return { nodeId: node.spec.id, costS: sum(terms), terms };
}

function sum(terms: CostTerms): number {
  const {
    remainingS: r,
    switchingS: s,
    loraS: l,
    uploadS: u,
    executionS: x,
    evictionS: e,
    hazardS: h,
  } = terms;
  return r + s + l + u + x + e + h;
}
