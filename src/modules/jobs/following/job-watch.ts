/**
 * Follows one job to its end: events wake the reader, the record decides. A poll covers lost notifications. While the database
 * is away the watch waits for it: the job goes on, and whoever waits for it is not to submit it again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseUnavailable } from '../../../platform/database/index.js';
import { isTerminal } from '../domain/states.js';
import type { JobEvent, JobEvents } from './jobs.events.js';
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
  const news = new News();
  const unsubscribe = events.subscribe(jobId, (event) => news.note(event));
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
      await news.wait({ signal, viewIntervalMs, pollIntervalMs });
    }
  } finally {
    unsubscribe();
  }
}

/** What was heard of a job since it was read. */
class News {
  private wake = new AbortController();
  private hasProgressed = false;

  note({ type }: JobEvent): void {
    if (type === 'state') this.wake.abort();
    else this.hasProgressed = true;
  }

  /** Until another state was heard of, or progress and `viewIntervalMs` have passed, or `pollIntervalMs`; then it begins anew. */
  async wait({ signal, viewIntervalMs, pollIntervalMs }: Required<WatchOptions>): Promise<void> {
    const ended = AbortSignal.any([this.wake.signal, signal]);
    for (let waitedMs = 0; waitedMs < pollIntervalMs && !ended.aborted; waitedMs += viewIntervalMs) {
      if (this.hasProgressed && waitedMs > 0) break;
      await sleep(viewIntervalMs, undefined, { signal: ended }).catch(() => undefined);
    }
    this.wake = new AbortController();
    this.hasProgressed = false;
  }
}

function unlessAway(error: unknown): undefined {
  if (!isDatabaseUnavailable(error)) throw error;
}
