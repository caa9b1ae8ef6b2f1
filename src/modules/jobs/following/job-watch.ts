/**
 * Follows one job to its end: events wake the reader, the record decides. A poll covers lost notifications. While the database
 * is away the watch waits for it: the job goes on, and whoever waits for it is not to submit it again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseUnavailable } from '../../../platform/database/index.js';
import { isTerminal } from '../domain/states.js';
import type { JobEvents } from './jobs.events.js';
import type { JobView } from '../record/reading/jobs.view.js';

export interface WatchOptions {
  signal: AbortSignal;
  /** Fewest milliseconds between two views of a job whose state did not change. */
  viewIntervalMs?: number;
  pollIntervalMs?: number;
}

/** Yields the job now, at each change it notices, and last in its terminal state. Ends quietly when aborted or when there is no such job. */
export async function* watchJob(
  jobId: string,
  read: (jobId: string) => Promise<JobView | null>,
  events: JobEvents,
  { signal, viewIntervalMs = 500, pollIntervalMs = 2000 }: WatchOptions,
): AsyncGenerator<JobView> {
  let wake = new AbortController();
  const unsubscribe = events.subscribe(jobId, (event) => {
    if (event.type === 'state') wake.abort();
    else progressed = true;
  });
  let progressed = false;
  let last: string | undefined;
  try {
    while (!signal.aborted) {
      const view = await read(jobId).catch(unlessAway);
      if (view === null) return;
      if (view) {
        const seen = `${view.state} ${view.started} ${view.progress} ${view.nodeId}`;
        if (seen !== last) yield view;
        last = seen;
        if (isTerminal(view.state)) return;
      }
      for (
        let waitedMs = 0;
        waitedMs < pollIntervalMs && !wake.signal.aborted && !signal.aborted;
        waitedMs += viewIntervalMs
      ) {
        if (progressed && waitedMs > 0) break;
        await sleep(viewIntervalMs, undefined, { signal: AbortSignal.any([wake.signal, signal]) }).catch(
          () => undefined,
        );
      }
      wake = new AbortController();
      progressed = false;
    }
  } finally {
    unsubscribe();
  }
}

function unlessAway(error: unknown): undefined {
  if (!isDatabaseUnavailable(error)) throw error;
}
