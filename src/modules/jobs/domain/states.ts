/**
 * The states of a job and of an attempt, and every lawful move between them.
 *
 * Guarantees: a terminal job is never left; an attempt is closed once, with one outcome, which only a late success changes. docs/job-lifecycle.md draws
 * these tables, and a test holds the drawing to them.
 */
export const jobStates = [
  'queued',
  'delayed',
  'active',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
] as const;
export type JobState = (typeof jobStates)[number];

export const attemptStates = ['intent', 'sending', 'accepted', 'running', 'collecting', 'closed'] as const;
export type AttemptState = (typeof attemptStates)[number];

export const attemptOutcomes = [
  'ok',
  'job_error',
  'oom',
  'node_fault',
  'invalid',
  'missing_dep',
  'interrupted',
  'node_lost',
  'not_arrived',
  'not_sent',
  'timeout',
  'collect_error',
  'bad_output',
  'cancelled',
  'withdrawn',
] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

export const jobMoves: Record<JobState, readonly JobState[]> = {
  queued: ['active', 'succeeded', 'cancelled', 'expired'],
  delayed: ['queued', 'succeeded', 'cancelled', 'expired'],
  active: ['queued', 'delayed', 'succeeded', 'failed', 'cancelled', 'expired'],
  succeeded: [],
  failed: [],
  cancelled: [],
  expired: [],
};

export const attemptMoves: Record<AttemptState, readonly AttemptState[]> = {
  intent: ['sending', 'closed'],
  sending: ['accepted', 'running', 'collecting', 'closed'],
  accepted: ['running', 'collecting', 'closed'],
  running: ['collecting', 'closed'],
  collecting: ['closed'],
  // A late success: the outcome becomes ok.
  closed: ['closed'],
};

/** An attempt closed with one of these may turn out to have succeeded: its node was not asked, or the run outlived the asking. */
export const lateOutcomes = [
  'node_lost',
  'not_arrived',
  'timeout',
  'collect_error',
] as const satisfies readonly AttemptOutcome[];

export const isTerminal = (state: JobState): boolean => jobMoves[state].length === 0;

/** Attempts in these states hold their node's slot; a collecting one does not. */
export const occupiesSlot = (state: AttemptState): boolean => state !== 'collecting' && state !== 'closed';
