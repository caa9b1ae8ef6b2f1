import type { Job, NodeState } from '../state.js';

/**
 * Reads the nodes on which this very job already failed. Another try there would most likely fail the same way, and the
 * budget of attempts is small; other jobs of the class still go there.
 */
export function avoids(job: Job, node: NodeState): boolean {
  return job.spec.avoidNodeIds.length > 0 && job.spec.avoidNodeIds.includes(node.spec.id);
}
