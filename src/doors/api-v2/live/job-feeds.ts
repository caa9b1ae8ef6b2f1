/**
 * One reading of a job for all its streams on this replica: each change is read once, however many listen, and wakes them. Who comes
 * late or reads slowly finds the newest reading; none is queued. While the database is away the feed waits for it.
 */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { outsideOfRequests } from '../../../modules/access/index.js';
import { JobsService, type JobView } from '../../../modules/jobs/index.js';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
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
  /** The last that the watch has told; a reading of an earlier one comes too late. */
  view: JobView | undefined;
  wakers: Set<() => void>;
  left: AbortController;
}

/** A place in the queue changes by what others do, of which no event of the job tells: all are asked for in one go, one after the other. */
const placeIntervalMs = 5_000;

@Injectable()
export class JobFeeds implements OnModuleDestroy {
  private readonly feeds = new Map<string, Feed>();
  private readonly places: PeriodicLoop;

  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(JobReader) private readonly reader: JobReader,
    @Inject(LOGGER) log: Logger,
  ) {
    this.places = new PeriodicLoop({
      name: 'places of watched jobs',
      intervalMs: placeIntervalMs,
      log,
      turn: async () => this.tellPlaces(),
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.places.stop();
  }

  /** Calls `wake` at all news until `leave` is called. Whether the caller may see the job is asked before. */
  join(jobId: string, wake: () => void): { feed: JobFeed; leave: () => void } {
    const feed = this.feeds.get(jobId) ?? this.begin(jobId);
    feed.wakers.add(wake);
    return { feed, leave: () => this.leave(jobId, feed, wake) };
  }

  private begin(jobId: string): Feed {
    const left = new AbortController();
    const feed: Feed = {
      view: undefined,
      newest: undefined,
      isOver: false,
      fault: undefined,
      wakers: new Set(),
      left,
    };
    this.feeds.set(jobId, feed);
    // For all who listen, and not for whoever came first.
    outsideOfRequests(() => {
      this.places.start();
      void this.follow(jobId, feed);
    });
    return feed;
  }

  private leave(jobId: string, feed: Feed, wake: () => void): void {
    feed.wakers.delete(wake);
    if (feed.wakers.size > 0) return;
    feed.left.abort();
    this.forget(jobId, feed);
  }

  private async follow(jobId: string, feed: Feed): Promise<void> {
    const { signal } = feed.left;
    try {
      for await (const view of this.jobs.watch(jobId, signal)) {
        feed.view = view;
        await untilBack(
          async () => this.read(feed, view),
          () => signal.aborted,
        );
      }
    } catch (error) {
      feed.fault = error;
    }
    feed.isOver = true;
    this.forget(jobId, feed);
    for (const wake of feed.wakers) wake();
  }

  private async tellPlaces(): Promise<void> {
    for (const feed of this.feeds.values()) {
      const { view } = feed;
      if (view && waits(view) && !feed.left.signal.aborted) await this.read(feed, view);
    }
  }

  private async read(feed: Feed, view: JobView): Promise<void> {
    const reading = await this.reader.reading(view);
    if (feed.view !== view) return;
    feed.newest = reading;
    for (const wake of feed.wakers) wake();
  }

  /** Who comes later begins anew. */
  private forget(jobId: string, feed: Feed): void {
    if (this.feeds.get(jobId) === feed) this.feeds.delete(jobId);
  }
}

const waits = ({ state, started }: JobView): boolean =>
  state === 'queued' || state === 'delayed' || (state === 'active' && !started);
