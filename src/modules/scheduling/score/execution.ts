import type { Job, NodeState } from '../state.js';

/**
 * X: reads the estimate for the job's profile and size on the node's GPU class, and the node's speed. The operator's weight
 * divides it as if the node were that much faster.
 */
export function executionS(job: Job, node: NodeState): number {
  return job.estimateS[node.gpu]! / (node.speed * node.spec.weight);
}
