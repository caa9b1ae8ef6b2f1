import type { Attempt, NodeState, SchedulerState } from '../state.js';
import type { NodeSpec } from '../types.js';

/** Healthy, its breaker closed, not draining (`accepts`), and not weighed down to nothing. */
export function takesWork({ accepts, weight }: NodeSpec): boolean {
  return accepts && weight > 0;
}

/**
 * Reads whether the node takes work at all and whether a slot is free: slot 0 when nothing runs, or slot 1 in the last seconds of a
 * run whose end is known. A run that overshot that end has shown that nobody knows when it ends, so its slot 1 closes.
 */
export function hasVacancy(state: SchedulerState, node: NodeState): boolean {
  const { spec, running, next } = node;
  if (!takesWork(spec) || next) return false;
  if (!running) return true;
  const { handOverMs, overshootMs } = state.options;
  const restMs = running.endMs - state.nowMs;
  return restMs <= leadMs(running, handOverMs) && restMs >= -overshootMs;
}

/** Three times what passes between two words of progress. */
const untoldMs = 1_500;

/**
 * How long before the end slot 1 opens. Of a run that is short as a whole the estimate is taken for it, though nearer the end than its
 * own progress would be: it is over before its progress tells enough, and the node would wait for us each time.
 */
function leadMs({ endIsLive, begun, endMs, startedAtMs }: Attempt, handOverMs: number): number {
  if (endIsLive) return handOverMs;
  const isShort = begun && endMs - startedAtMs <= handOverMs;
  return isShort ? Math.min(untoldMs, handOverMs) : -Infinity;
}
