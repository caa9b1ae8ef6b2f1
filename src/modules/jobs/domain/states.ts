/**
 * The states of a job and of an attempt, and every lawful move between them.
 *
 * Guarantees: a terminal job is never left; an attempt is closed once, with one outcome. docs/job-lifecycle.md draws
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
  'cancelled',
  'withdrawn',
] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

export const jobMoves: Record<JobState, readonly JobState[]> = {
  queued: ['active', 'cancelled', 'expired'],
  delayed: ['queued', 'cancelled', 'expired'],
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
  closed: [],
};

export const isTerminal = (state: JobState): boolean => jobMoves[state].length === 0;

/** Attempts in these states hold their node's slot; a collecting one does not. */
export const occupiesSlot = (state: AttemptState): boolean => state !== 'collecting' && state !== 'closed';
