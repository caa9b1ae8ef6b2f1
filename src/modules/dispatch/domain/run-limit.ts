import type { OpenAttempt } from '../../jobs/index.js';

type Limited = Pick<OpenAttempt, 'state' | 'runLimitMs'>;

/** Whether it has run, or waited in the node's own queue, for longer than a run may take. */
export function isOverdue({ state, runLimitMs }: Limited, forMs: number, defaultLimitMs: number): boolean {
  const isAtNode = state === 'running' || state === 'accepted';
  return isAtNode && forMs > (runLimitMs ?? defaultLimitMs);
}
