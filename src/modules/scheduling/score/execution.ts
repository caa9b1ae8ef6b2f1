import { estimateS } from '../estimator/estimate.js';
import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';

/**
 * X: reads the estimate for the job's profile and size on the node's GPU class, and the node's speed. The operator's weight
 * divides it as if the node were that much faster.
 */
export function executionS(state: SchedulerState, job: Job, cls: ClassState, node: NodeState): number {
  return estimateS(state, job, cls, node.gpu) / (node.speed * node.spec.weight);
}
