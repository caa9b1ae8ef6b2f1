import { evictedBy } from '../residency.js';
import type { ClassState, ModelState, NodeState, SchedulerState } from '../state.js';

/**
 * E: reads the models that loading this class would push out, their load times and how soon they will be wanted again: at
 * once if jobs wait for them, else by their arrival rate shared among the warm copies. It keeps a rare job from emptying
 * the node that everybody is about to need.
 */
export function evictionS(state: SchedulerState, cls: ClassState, node: NodeState): number {
  if (node.warm.has(cls.index)) return 0;
  const loadS = state.loadS[node.gpu]!;
  let sum = 0;
  for (const model of evictedBy(node.residency, cls.models, (id) => state.models[id]!.sizeBytes)) {
    sum += loadS[model]! * neededAgain(state, state.models[model]!);
  }
  return sum;
}

function neededAgain(state: SchedulerState, model: ModelState): number {
  if (model.backlog > 0) return 1;
  const { evictionHorizonS } = state.options;
  const ratePerS = model.ratePerS * Math.exp((model.rateAtMs - state.nowMs) / 1000 / evictionHorizonS);
  return Math.min(1, (ratePerS * evictionHorizonS) / Math.max(1, model.copies));
}
