import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';
import { takesWork } from './vacancy.js';

/**
 * Reads the nodes on which this very job already failed, and whether any other that takes work fits its class. Another try
 * there would most likely fail the same way, and the budget of attempts is small; but a node that failed once is better
 * than none, and a job that can go nowhere would stand in the window for ever. Other jobs of the class still go there.
 */
export function avoids(state: SchedulerState, job: Job, cls: ClassState, node: NodeState): boolean {
  const { avoidNodeIds } = job.spec;
  if (avoidNodeIds.length === 0 || !avoidNodeIds.includes(node.spec.id)) return false;
  return state.nodes.some(
    (other) =>
      other &&
      cls.feasible.has(other.index) &&
      takesWork(other.spec) &&
      !avoidNodeIds.includes(other.spec.id),
  );
}
