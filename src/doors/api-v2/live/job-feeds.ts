/**
 * One reading of a job for all its streams on this replica: each change is read once, however many listen, and wakes them. Who comes
 * late or reads slowly finds the newest reading; none is queued. While the database is away the feed waits for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { outsideOfRequests } from '../../../modules/access/index.js';
import { JobsService, type JobView } from '../../../modules/jobs/index.js';
import type { JobReading } from '../documents/job-document.js';
import { JobReader } from '../job-reader.js';
import { untilBack } from './until-back.js';

export interface JobFeed {
  /** Undefined until the first reading. */
  newest: JobReading | undefined;
  /** No other reading comes: the job has ended or is gone, or `fault` came in between. */
  isOver: boolean;
  fault: unknown;
}

interface Feed extends JobFeed {
  wakers: Set<() => void>;
  left: AbortController;
}

/** A place in the queue changes by what others do, of which no event of the job tells. */
const placeIntervalMs = 2_000;

@Injectable()
export class JobFeeds {
  private readonly feeds = new Map<string, Feed>();

  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(JobReader) private readonly reader: JobReader,
  ) {}

  /** Calls `wake` at all news until `leave` is called. Whether the caller may see the job is asked before. */
  join(jobId: string, wake: () => void): { feed: JobFeed; leave: () => void } {
    const feed = this.feeds.get(jobId) ?? this.begin(jobId);
    feed.wakers.add(wake);
    return { feed, leave: () => this.leave(jobId, feed, wake) };
  }

  private begin(jobId: string): Feed {
    const left = new AbortController();
    const feed: Feed = { newest: undefined, isOver: false, fault: undefined, wakers: new Set(), left };
    this.feeds.set(jobId, feed);
    // For all who listen, and not for whoever came first.
    outsideOfRequests(() => void this.follow(jobId, feed));
    return feed;
  }

  private leave(jobId: string, feed: Feed, wake: () => void): void {
    feed.wakers.delete(wake);
    if (feed.wakers.size > 0) return;
    feed.left.abort();
    this.forget(jobId, feed);
  }

  private async follow(jobId: string, feed: Feed): Promise<void> {
    try {
      for await (const reading of this.readings(jobId, feed.left.signal)) {
        feed.newest = reading;
        for (const wake of feed.wakers) wake();
      }
    } catch (error) {
      feed.fault = error;
    }
    feed.isOver = true;
    this.forget(jobId, feed);
    for (const wake of feed.wakers) wake();
  }

  /** Who comes later begins anew. */
  private forget(jobId: string, feed: Feed): void {
    if (this.feeds.get(jobId) === feed) this.feeds.delete(jobId);
  }

  private async *readings(jobId: string, signal: AbortSignal): AsyncGenerator<JobReading> {
    const views = this.jobs.watch(jobId, signal);
    let next = views.next();
    for (let view: JobView | undefined; !signal.aborted;) {
      const came = view && waits(view) ? await within(next, placeIntervalMs) : await next;
      if (came?.done) return;
      if (came) {
        view = came.value;
        next = views.next();
      }
      const shown = view;
      if (shown)
        yield await untilBack(
          async () => this.reader.reading(shown),
          () => signal.aborted,
        );
    }
  }
}

const waits = ({ state, started }: JobView): boolean =>
  state === 'queued' || state === 'delayed' || (state === 'active' && !started);

const within = async <T>(promise: Promise<T>, durationMs: number): Promise<T | undefined> =>
  Promise.race([promise, sleep(durationMs, undefined, { ref: false })]);
