import type { NodeState, SchedulerState } from '../state.js';

/**
 * R: reads the expected end of what runs on the node (live progress when there is any, else the estimate) and what was
 * already handed over behind it. A run past its estimate counts as about to end: nobody knows better.
 */
export function remainingS(state: SchedulerState, node: NodeState): number {
  if (!node.running) return 0;
  const runningS = Math.max(0, (node.running.endMs - state.nowMs) / 1000);
  return node.next ? runningS + Math.max(0, (node.next.endMs - node.next.placedAtMs) / 1000) : runningS;
}
