/** The product's own decisions, in the model's words. */
import {
  attemptMove,
  type Ending,
  type Move,
  noCounters,
  type Observation,
} from '../../src/modules/dispatch/domain/attempt/attempt-move.js';
import type { AttemptState, Outcome } from './state.js';

/** Counters are left out: a node that stays silent, or heeds no interrupt, may do so for any time. */
export function moveOf(
  state: AttemptState,
  seen: Observation,
  { settled = true, withdrawRequested = false, overdue = false, askedOff = false } = {},
): Move {
  const facts = {
    state,
    settled,
    cancelRequested: false,
    withdrawRequested,
    heardStart: false,
    began: false,
    overdue,
  };
  return attemptMove(facts, seen, { ...noCounters, askedOff }).move;
}

export function outcomeOf({ outcome, code }: Ending): Outcome {
  if (outcome === 'ok' || outcome === 'not_sent' || outcome === 'not_arrived') return outcome;
  if (outcome === 'withdrawn') return 'withdrawn(taken back)';
  if (outcome === 'node_lost') return code === 'unreachable' ? 'node_lost(unreachable)' : 'node_lost';
  // The model has no word of its own for a run whose files cannot be had: it is given up as well.
  if (outcome === 'collect_error') return 'node_lost(unreachable)';
  throw new Error(`the model has no ${outcome}`);
}
