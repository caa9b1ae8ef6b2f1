import type { NodeState, SchedulerState } from '../state.js';

/**
 * Reads whether the node takes work at all (`accepts`: healthy, breaker closed, not draining; weight above 0) and whether a
 * slot is free: slot 0 when nothing runs, or slot 1 in the last seconds of a run whose own progress tells its end.
 */
export function hasVacancy(state: SchedulerState, node: NodeState): boolean {
  const { spec, running, next } = node;
  if (!spec.accepts || spec.weight <= 0 || next) return false;
  return !running || (running.endIsLive && running.endMs - state.nowMs <= state.options.handOverMs);
}
