import type { JobState } from '../../../modules/jobs/index.js';

export type ApiStatus = 'queued' | 'running' | 'canceling' | 'succeeded' | 'canceled' | 'failed' | 'expired';

export interface StatusFacts {
  state: JobState;
  cancelRequested: boolean;
  /** Some attempt has run, now or earlier. */
  hasRun: boolean;
}

/** A job that has once run is never called queued again: its next try is the same run to the client. */
export function statusOf({ state, cancelRequested, hasRun }: StatusFacts): ApiStatus {
  switch (state) {
    case 'succeeded':
    case 'failed':
    case 'expired':
      return state;
    case 'cancelled':
      return 'canceled';
    case 'queued':
    case 'delayed':
    case 'active':
      if (cancelRequested) return 'canceling';
      return hasRun ? 'running' : 'queued';
  }
}

/** The states of the record that may be what a client means by a status: an active job is queued until it runs. */
export const statesOf: Record<ApiStatus, readonly JobState[]> = {
  queued: ['queued', 'delayed', 'active'],
  running: ['queued', 'delayed', 'active'],
  canceling: ['active'],
  succeeded: ['succeeded'],
  canceled: ['cancelled'],
  failed: ['failed'],
  expired: ['expired'],
};
