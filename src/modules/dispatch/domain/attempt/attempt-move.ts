/**
 * What the owner of an attempt does next: (attempt, observation, counters) → (move, counters). Plain data in, plain data out; the run
 * (run/attempt-work.ts) carries a move out and comes back with what it saw. `test/model` explores this very function.
 *
 *   intent ──unsent──▶ send ──posted──▶ advance ──unread──▶ look ──read──▶ wait | advance | stop | collect ──fetched──▶ close
 *                        └─rejected──▶ close         └▶ advance └─silent, unreadable──▶ wait | close
 */
import type { Fate } from '../../../comfyui/domain/index.js';
import {
  type AttemptFacts,
  close,
  type Closing,
  hasJustBegun,
  type Step,
  stepAfter,
  unwantedBefore,
} from './step.js';
import { type Silence, silenceAfter, type Unanswered } from './unreachable.js';

export type Observation =
  /** Nothing was sent yet. `refusal`: what is known of the node by now, where that speaks against it. */
  | { kind: 'unsent'; refusal: string | undefined }
  /** The node took the prompt. */
  | { kind: 'posted' }
  /** It proved that it did not, and will not; or what is to be sent makes no sense. */
  | { kind: 'rejected'; closing: Ending }
  /** Whether it did is not known. */
  | { kind: 'unanswered' }
  /** It was sent, and its node not asked yet. `isOverSaid`: somebody says that the run, or the process that it was sent to, has ended. */
  | { kind: 'unread'; isOverSaid: boolean }
  | { kind: 'read'; fate: Fate }
  /** The run is over, and the node fails to say how. */
  | { kind: 'unreadable' }
  /** The run is over, and the node tells more of it than is read: another run would do the same. */
  | { kind: 'too_large' }
  | ({ kind: 'silent'; message: string } & Unanswered)
  | { kind: 'fetched'; results: Fetched };

/** What became of the files of a run. */
export type Fetched =
  | { kind: 'collected' }
  /** The rest cannot be had at this node. `isOfEarlierRun`: another run would make them anew. */
  | { kind: 'incomplete'; code: string; message: string; isOfEarlierRun: boolean }
  | { kind: 'failed'; message: string }
  /** Somebody wanted the job's end, and they took too long. */
  | { kind: 'cancelled' };

export interface Ending extends Closing {
  /** The node's socket told of a beginning that no read has seen: the record hears of it first. */
  beganUnseen?: true;
  /**
   * The node may forget the prompt once its end is recorded: to whoever looks next, one without history is a lost one. `now`: it hides
   * all others in its node's history.
   */
  forgets?: 'soon' | 'now';
  /** Nothing moves the node's worker any more. */
  zombie?: true;
  rerunMakesAnew?: boolean;
  /** The node's own words on what is wrong with the graph. */
  details?: unknown;
}

export type Move =
  | { kind: 'send' }
  /** Ask the node. `fresh`: what is done there rests on a reading of that moment, not on one that others made a moment ago. */
  | { kind: 'look'; fresh: boolean }
  | Exclude<Step, Closing>
  | Ending;

export interface Counters {
  /** Its node was asked to take it off its queue, or may have been by an owner before. */
  askedOff: boolean;
  stopsSent: number;
  unreadableReads: number;
  silence: Silence;
}

export const noCounters: Counters = { askedOff: false, stopsSent: 0, unreadableReads: 0, silence: {} };

/** Of an attempt that is followed from now on: what is wanted back, and was sent by another, may have been asked off its node's queue. */
export const countersFrom = ({
  state,
  withdrawRequested,
}: Pick<AttemptFacts, 'state' | 'withdrawRequested'>): Counters => ({
  ...noCounters,
  askedOff: state !== 'intent' && withdrawRequested,
});

/** About fifteen seconds of interrupts: longer than a node needs to come to its next step. */
const stopsMax = 30;
const unreadableReadsMax = 5;

interface Next {
  move: Move;
  counters: Counters;
}

export function attemptMove(facts: AttemptFacts, seen: Observation, counters: Counters): Next {
  const next = moveOn(facts, seen, counters);
  const { move } = next;
  // A run that kills its node at once is over before a poll can see it, but the socket heard it begin.
  const beganUnseen =
    move.kind === 'close' && move.outcome === 'node_lost' && facts.heardStart && !facts.began;
  return beganUnseen ? { ...next, move: { ...move, beganUnseen } } : next;
}

function moveOn(facts: AttemptFacts, seen: Observation, counters: Counters): Next {
  const same = (move: Move): Next => ({ move, counters });
  switch (seen.kind) {
    case 'unsent':
      return same(unwantedBefore(facts, seen.refusal) ?? { kind: 'send' });
    case 'posted':
      return same({ kind: 'advance', to: facts.heardStart ? 'running' : 'accepted' });
    case 'rejected':
      return same(seen.closing);
    case 'unanswered':
      return same({ kind: 'wait' });
    case 'unread':
      return same(beforeRead(facts, seen.isOverSaid));
    case 'read':
      return afterRead(facts, seen.fate, { ...counters, silence: {} });
    case 'too_large':
      return same({ ...close('bad_output', 'the node tells more of the run than is read'), forgets: 'soon' });
    case 'unreadable':
      return afterUnreadable({ ...counters, silence: {} });
    case 'silent':
      return afterSilence(facts, seen, counters);
    case 'fetched':
      return same(endOf(seen.results));
  }
}

function beforeRead(facts: AttemptFacts, isOverSaid: boolean): Move {
  if (!isOverSaid && hasJustBegun(facts)) return { kind: 'advance', to: 'running' };
  return { kind: 'look', fresh: facts.cancelRequested || facts.withdrawRequested || facts.overdue };
}

function afterRead(facts: AttemptFacts, fate: Fate, counters: Counters): Next {
  const move = stepAfter(fate, facts, counters.askedOff);
  if (move.kind !== 'stop') return { move, counters };
  const stopsSent = counters.stopsSent + 1;
  const askedOff = counters.askedOff || !move.running;
  if (stopsSent <= stopsMax) return { move, counters: { ...counters, stopsSent, askedOff } };
  const outcome = facts.cancelRequested ? 'cancelled' : 'timeout';
  const ending = {
    ...close(outcome, 'the node did not react to repeated interrupts'),
    zombie: true as const,
  };
  return { move: ending, counters: { ...counters, stopsSent } };
}

function afterUnreadable(counters: Counters): Next {
  const unreadableReads = counters.unreadableReads + 1;
  const ending: Ending = {
    ...close(
      'collect_error',
      'the node cannot tell what became of the prompt: its history answers with an error',
    ),
    forgets: 'now',
  };
  return {
    move: unreadableReads < unreadableReadsMax ? { kind: 'wait' } : ending,
    counters: { ...counters, unreadableReads },
  };
}

function afterSilence(
  { state, settled }: AttemptFacts,
  seen: Extract<Observation, { kind: 'silent' }>,
  counters: Counters,
): Next {
  const { silence, forMs } = silenceAfter(counters.silence, seen);
  const next = { ...counters, silence };
  // A post may still land on a node that only we cannot reach.
  if (forMs === undefined || !settled) return { move: { kind: 'wait' }, counters: next };
  const isProved = seen.processEnded && seen.refused;
  const move = close(
    state === 'collecting' ? 'collect_error' : 'node_lost',
    isProved
      ? 'the process that ran it has ended, as the source of the node tells'
      : `the node could not be reached for ${Math.round(forMs / 1000)} s: ${seen.message}`,
    isProved ? 'process_ended' : 'unreachable',
  );
  return { move, counters: next };
}

function endOf(results: Fetched): Ending {
  switch (results.kind) {
    case 'collected':
      return { ...close('ok', ''), forgets: 'soon' };
    case 'incomplete': {
      const { message, code, isOfEarlierRun } = results;
      return { ...close('bad_output', message, code), forgets: 'soon', rerunMakesAnew: isOfEarlierRun };
    }
    case 'failed':
      return close('collect_error', results.message);
    case 'cancelled':
      return close('cancelled', 'cancelled while its results were fetched');
  }
}
