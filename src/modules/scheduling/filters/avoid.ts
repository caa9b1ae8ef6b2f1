import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';
import { takesWork } from './vacancy.js';

/**
 * Reads the nodes on which this very job already failed, and whether any other that takes work fits its class. Another try
 * there would most likely fail the same way, and the budget of attempts is small; but a node that failed once is better
 * than none, and a job that can go nowhere would stand in the window for ever. Other jobs of the class still go there. Where all
 * have failed it, any but the last one that did: never the same twice in a row while another can take it.
 */
export function avoids(state: SchedulerState, job: Job, cls: ClassState, node: NodeState): boolean {
  const { avoidNodeIds } = job.spec;
  if (avoidNodeIds.length === 0 || !avoidNodeIds.includes(node.spec.id)) return false;
  const others = state.nodes.flatMap((other) =>
    other && other !== node && cls.feasible.has(other.index) && takesWork(other.spec) ? [other.spec.id] : [],
  );
  if (others.some((id) => !avoidNodeIds.includes(id))) return true;
  return others.length > 0 && avoidNodeIds.at(-1) === node.spec.id;
}

/**
 * Reads whether this node has failed this very job before and gets it again only because those that fit and have not failed it take
 * no work now: what happens there says nothing of them, and they may be back soon.
 */
export function othersAreAway(state: SchedulerState, job: Job, cls: ClassState, node: NodeState): boolean {
  const { avoidNodeIds } = job.spec;
  if (!avoidNodeIds.includes(node.spec.id)) return false;
  return state.nodes.some(
    (other) =>
      other !== undefined &&
      cls.feasible.has(other.index) &&
      !other.spec.accepts &&
      other.spec.weight > 0 &&
      !avoidNodeIds.includes(other.spec.id),
  );
}
