import type { NodeState } from '../state.js';

/**
 * H: reads the share of recent attempts lost through the node's own fault. A run that fails costs its whole time again, so
 * the expected loss is that share of it.
 */
export function hazardS(node: NodeState, executionS: number): number {
  return node.spec.failureProbability * executionS;
}
