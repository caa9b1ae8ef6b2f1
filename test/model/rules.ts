/**
 * The rules of crash recovery as switches, so that a scenario can drop one and show what it is for.
 */
import type { Attempt, Faults, Index, State } from './state.js';

export interface Rules {
  /** (a) the prompt's id is committed before the POST, not learned from its answer. */
  readonly idBeforePost: boolean;
  /** (b) intent→sending by CAS before the first byte. */
  readonly claimBeforeFirstByte: boolean;
  /** (c) the read which must begin after send_deadline + settle before "absent" counts. */
  readonly settleTest: 'first read' | 'second read' | 'none';
  /** (d) `/queue` is read before `/history`. */
  readonly queueBeforeHistory: boolean;
  /** (e) the row's version which the deciding CAS names was seen before this. */
  readonly versionSeenBefore: 'first read' | 'second read' | 'decision';
  /** (f) prompts of closed attempts are cancelled whenever they are seen. */
  readonly reaper: boolean;
  /** (g) one transaction closes the attempt and moves the job. */
  readonly closeMovesJob: boolean;
  /** (h) the scheduler may take a prompt back that waits behind another job's run, and its owner one that waits too long. */
  readonly takesBack: boolean;
  /** (h) `withdrawn` needs both reads after the removal to show nothing, or an attempt that was never sent. */
  readonly looksAfterRemoval: boolean;
  /** (h) `withdrawn` needs a removal that somebody asked for: what a node forgot shows as little. */
  readonly takesBackWhatItAskedFor: boolean;
  /** (h) `withdrawn` before the prompt was sent is a CAS on the version which said so. */
  readonly withdrawsByCas: boolean;
  /** (h) a prompt whose POST has no answer is not taken back: what is absent may still land. */
  readonly withdrawsOnlyAccepted: boolean;
  /** An ambiguous POST to a node that never returns may be given up too, after the settle time. */
  readonly giveUpWhileSending: boolean;
  /** (i) `sending` is on disk before the first byte leaves. */
  readonly sendingWaitsForDisk: boolean;
  /** (i) An end is on disk before anybody hears of it, the node included, which then forgets the run. */
  readonly endWaitsForDisk: boolean;
}

export interface Scenario {
  readonly rules: Rules;
  /** Node 1 runs a prompt of another job, behind which the first attempt may be posted. */
  readonly handsOver: boolean;
  readonly faults: Faults;
}

/** A replica's turn at an attempt: who looks at what, in which state, under which rules. */
export interface Turn {
  readonly state: State;
  readonly attempt: Attempt;
  readonly at: Index;
  readonly who: Index;
  readonly rules: Rules;
  readonly handsOver: boolean;
}

/** One thing that can happen, and the state it leads to. */
export interface Step {
  readonly name: string;
  readonly state: State;
}

export const allRules: Rules = {
  idBeforePost: true,
  claimBeforeFirstByte: true,
  settleTest: 'first read',
  queueBeforeHistory: true,
  versionSeenBefore: 'first read',
  reaper: true,
  closeMovesJob: true,
  takesBack: true,
  looksAfterRemoval: true,
  takesBackWhatItAskedFor: true,
  withdrawsByCas: true,
  withdrawsOnlyAccepted: true,
  giveUpWhileSending: true,
  sendingWaitsForDisk: true,
  endWaitsForDisk: true,
};
