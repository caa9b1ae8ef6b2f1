import type { ClassState, NodeState, SchedulerState } from '../state.js';

/**
 * S: reads which of the class's heavy models the node does not hold, and their learned load times there. This is GPU time
 * that serves nobody, and the only term that also enters the order of jobs (times lambda).
 */
export function switchingS(state: SchedulerState, cls: ClassState, node: NodeState): number {
  if (node.warm.has(cls.index)) return 0;
  const loadS = state.loadS[node.gpu]!;
  const held = node.residency.models;
  let sum = 0;
  for (let at = 0; at < cls.models.length; at += 1) {
    const model = cls.models[at]!;
    if (!held.includes(model)) sum += loadS[model]!;
  }
  return sum;
}
