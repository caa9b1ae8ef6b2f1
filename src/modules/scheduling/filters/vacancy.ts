import type { NodeState, SchedulerState } from '../state.js';

/**
 * Reads whether the node takes work at all (`accepts`: healthy, breaker closed, not draining; weight above 0) and whether a
 * slot is free: slot 0 when nothing runs, or slot 1 in the last seconds of a run whose own progress tells its end. A run
 * that overshot that end has shown that nobody knows when it ends, so its slot 1 closes.
 */
export function hasVacancy(state: SchedulerState, node: NodeState): boolean {
  const { spec, running, next } = node;
  if (!spec.accepts || spec.weight <= 0 || next) return false;
  if (!running) return true;
  const { handOverMs, overshootMs } = state.options;
  const restMs = running.endMs - state.nowMs;
  return running.endIsLive && restMs <= handOverMs && restMs >= -overshootMs;
}
