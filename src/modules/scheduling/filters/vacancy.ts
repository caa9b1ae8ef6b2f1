import type { Attempt, NodeState, SchedulerState } from '../state.js';
import type { NodeSpec } from '../types.js';

/** Healthy, its breaker closed, not draining (`accepts`), and not weighed down to nothing. */
export function takesWork({ accepts, weight }: NodeSpec): boolean {
  return accepts && weight > 0;
}

/**
 * Reads whether the node takes work at all and whether a
 * slot is free: slot 0 when nothing runs, or slot 1 in the last seconds of a run whose own progress tells its end. A run
 * that overshot that end has shown that nobody knows when it ends, so its slot 1 closes. A run so short that it is over before its
 * progress is heard of has slot 1 open as soon as it begins: the node would wait for us at each end otherwise.
 */
export function hasVacancy(state: SchedulerState, node: NodeState): boolean {
  const { spec, running, next } = node;
  if (!takesWork(spec) || next) return false;
  if (!running) return true;
  const { handOverMs, overshootMs } = state.options;
  const restMs = running.endMs - state.nowMs;
  return endIsKnown(running) && restMs <= handOverMs && restMs >= -overshootMs;
}

/** Twice what passes between two words of progress. */
const shortRunMs = 1_500;

const endIsKnown = ({ endIsLive, begun, endMs, startedAtMs }: Attempt): boolean =>
  endIsLive || (begun && endMs - startedAtMs <= shortRunMs);
