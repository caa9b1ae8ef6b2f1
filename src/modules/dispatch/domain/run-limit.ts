import type { OpenAttempt } from '../../jobs/index.js';

type Timed = Pick<OpenAttempt, 'state' | 'acceptedAt' | 'runningAt' | 'runLimitMs'>;

/** Whether it has run, or waited in the node's own queue, longer than a run may take. */
export function isOverdue(attempt: Timed, defaultLimitMs: number, nowMs: number): boolean {
  const since = sinceOf(attempt);
  return since !== null && nowMs - since.getTime() > (attempt.runLimitMs ?? defaultLimitMs);
}

function sinceOf({ state, acceptedAt, runningAt }: Timed): Date | null {
  if (state === 'running') return runningAt;
  return state === 'accepted' ? acceptedAt : null;
}
