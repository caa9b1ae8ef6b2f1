import { arrivalsPerS } from '../../queue/arrivals.js';
import { holds } from '../../nodes/residency.js';
import type { ClassState, ModelState, NodeState, SchedulerState } from '../../state.js';

/**
 * E: reads the models that loading this class would push out, their load times and how soon they will be wanted again: at
 * once if jobs wait for them, else by their arrival rate shared among the warm copies. It keeps a rare job from emptying
 * the node that everybody is about to need.
 */
export function evictionS(state: SchedulerState, cls: ClassState, node: NodeState): number {
  if (node.warm.has(cls.index)) return 0;
  const { models, sizesBytes } = node.residency;
  let excess = excessBytes(state, cls, node);
  let sum = 0;
  for (let at = 0; at < models.length && excess > 0; at += 1) {
    const model = models[at]!;
    if (cls.models.includes(model)) continue;
    excess -= sizesBytes[at]!;
    sum += state.loadS[node.gpu]![model]! * neededAgain(state, state.models[model]!);
  }
  return sum;
}

/** The same walk as `evictedBy`, without building lists: this runs for every class and node looked at. */
function excessBytes(state: SchedulerState, cls: ClassState, { residency }: NodeState): number {
  let excess = -residency.capacityBytes;
  for (const size of residency.sizesBytes) excess += size;
  for (const model of cls.models) if (!holds(residency, model)) excess += state.models[model]!.sizeBytes;
  return excess;
}

function neededAgain(state: SchedulerState, model: ModelState): number {
  if (model.backlog > 0) return 1;
  const expected = arrivalsPerS(state, model) * state.options.evictionHorizonS;
  return Math.min(1, expected / Math.max(1, model.copies));
}
