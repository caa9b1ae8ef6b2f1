/**
 * What the owner of an attempt does next, from one reading of its node. The readings are /queue, then /history, in this
 * order; `settled` must have been true before the first of them began, or the POST could land between the two.
 */
import type { AttemptOutcome, AttemptState } from '../../../jobs/index.js';
import { classifyFailure, type Fate, type Settled } from '../../../comfyui/domain/index.js';

export interface AttemptFacts {
  state: AttemptState;
  /** The send deadline and the settle time were over before the first read: a prompt not seen now never arrived. */
  settled: boolean;
  cancelRequested: boolean;
  /** The scheduler wants it back, unless it runs. */
  withdrawRequested: boolean;
  /** Its node said that it began, even if no read has seen it run. */
  heardStart: boolean;
  /** The record knows that it began. */
  began: boolean;
  /** It has run, or waited in the node's own queue, longer than a run may take. */
  overdue: boolean;
}

export interface Closing {
  kind: 'close';
  outcome: AttemptOutcome;
  code: string;
  message: string;
}

/** Code of a closing: the owner of the node knew better than the leader when the job was placed. */
export const stalePlacement = 'stale_placement';
/** Code of a closing: what the job needs was there once and is gone; the job waits for it. */
export const dependencyGone = 'dependency_gone';

export type Step =
  | { kind: 'wait' }
  /** The node shows the attempt in a later state than the record. */
  | { kind: 'advance'; to: 'accepted' | 'running' }
  | { kind: 'collect'; settled: Settled }
  /** Take it off the node's queue, or stop it there, and look again. */
  | { kind: 'stop'; running: boolean }
  | Closing;

/** `askedOff`: its node was asked to take it off its queue, or may have been by an owner before. */
export function stepAfter(fate: Fate, facts: AttemptFacts, askedOff: boolean): Step {
  switch (fate.kind) {
    case 'absent':
      return afterAbsence(facts, askedOff);
    case 'pending':
      if (facts.cancelRequested || facts.overdue) return { kind: 'stop', running: false };
      if (facts.withdrawRequested && facts.state === 'accepted') return { kind: 'stop', running: false };
      return facts.state === 'sending' ? { kind: 'advance', to: 'accepted' } : { kind: 'wait' };
    case 'running':
      if (facts.cancelRequested || facts.overdue) return { kind: 'stop', running: true };
      return facts.state === 'running' ? { kind: 'wait' } : { kind: 'advance', to: 'running' };
    case 'succeeded':
      return { kind: 'collect', settled: fate };
    case 'interrupted':
      return afterInterrupt(facts);
    case 'failed': {
      const failure = classifyFailure(fate.error);
      return { kind: 'close', outcome: failure.kind, code: failure.exceptionType, message: failure.text };
    }
  }
}

/** Its node said that it runs, and nobody wants anything else of it: that needs no look at the node. */
export const hasJustBegun = ({
  state,
  cancelRequested,
  withdrawRequested,
  heardStart,
}: Pick<AttemptFacts, 'state' | 'cancelRequested' | 'withdrawRequested' | 'heardStart'>): boolean =>
  state === 'accepted' && heardStart && !cancelRequested && !withdrawRequested;

/** Why an attempt is not sent after all. `refusal`: what is known of its node by now, where that speaks against it. */
export function unwantedBefore(
  { cancelRequested, withdrawRequested }: Pick<AttemptFacts, 'cancelRequested' | 'withdrawRequested'>,
  refusal: string | undefined,
): Closing | undefined {
  if (cancelRequested) return close('cancelled', 'cancelled before it was sent');
  if (withdrawRequested)
    return close(
      'withdrawn',
      'taken back before it was sent: its node is busy longer than expected, or another is free',
    );
  return refusal === undefined ? undefined : close('withdrawn', refusal, stalePlacement);
}

/** A node that forgot a run shows as little as one that took a prompt off its queue: taken back is only what it was asked to. */
function afterAbsence(
  { state, settled, cancelRequested, withdrawRequested, heardStart }: AttemptFacts,
  askedOff: boolean,
): Step {
  if (state === 'sending') {
    if (!settled) return { kind: 'wait' };
    return close(cancelRequested ? 'cancelled' : 'not_arrived', 'the node never received the prompt');
  }
  if (cancelRequested) return close('cancelled', 'cancelled before it ran');
  if (state === 'accepted' && askedOff && !heardStart)
    return close(
      'withdrawn',
      withdrawRequested
        ? 'taken back before it ran'
        : 'taken back, for it waited at the node longer than a run may take',
    );
  return close('node_lost', 'the node no longer knows the prompt: it was restarted or its queue was cleared');
}

function afterInterrupt({ cancelRequested, overdue }: AttemptFacts): Step {
  if (cancelRequested) return close('cancelled', 'cancelled while it ran');
  if (overdue) return close('timeout', 'stopped because it ran longer than it may');
  return close('interrupted', 'somebody else interrupted the run at the node');
}

export const close = (outcome: AttemptOutcome, message: string, code: string = outcome): Closing => ({
  kind: 'close',
  outcome,
  code,
  message,
});
