/**
 * `GET /jobs/{id}/events`: a snapshot, then every change, until the job has ended. Outputs come before the terminal status, because
 * clients stop reading there. A slow reader is given the newest state, never a queue of old ones. A stream that cannot go on says why
 * in an `error` event; one that only its replica ends says nothing, so that its client connects anew.
 */
import { Inject, Injectable } from '@nestjs/common';
import { isInCurrentReach } from '../../modules/access/index.js';
import type { JobView } from '../../modules/jobs/index.js';
import { LastCall, Nudge } from '../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { ApiError, notFound } from './domain/errors.js';
import { frame, hasEnded, heartbeat, Told } from './documents/frames.js';
import type { JobDocument, JobReading } from './documents/job-document.js';
import { JobReader } from './job-reader.js';
import { type JobFeed, JobFeeds } from './live/job-feeds.js';
import { PreviewFeed } from './live/preview-feed.js';
import { RunBoard } from './live/run-board.js';

const streamsMax = 1_000;
const retryAfterSeconds = 5;
const basesMax = 10;
const heartbeatIntervalMs = 15_000;
/** Of previews that wait for slow readers; when there are more, the next are left out. */
const waitingBytesMax = 64 * 1024 * 1024;

interface Heard {
  bell: Nudge;
  feed: JobFeed;
  previews: PreviewFeed;
}

@Injectable()
export class EventStream {
  /** Of the newest readings, by the base of their links: hundreds of streams of a job are told the same. */
  private readonly documents = new WeakMap<JobReading, Map<string, JobDocument>>();
  private open = 0;
  private waitingBytes = 0;

  constructor(
    @Inject(JobFeeds) private readonly feeds: JobFeeds,
    @Inject(JobReader) private readonly reader: JobReader,
    @Inject(RunBoard) private readonly board: RunBoard,
    @Inject(LastCall) private readonly lastCall: LastCall,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Frames, until `gone` aborts. Refusals are thrown before the first. */
  begin(view: JobView, baseUrl: string, gone: AbortSignal): AsyncGenerator<string | Buffer> {
    if (!isInCurrentReach('content', view)) throw notFound('job');
    if (this.open >= streamsMax)
      throw new ApiError(
        'too_many_streams',
        'Too many event streams are open here.',
        null,
        retryAfterSeconds,
      );
    if (!gone.aborted) {
      this.open += 1;
      gone.addEventListener('abort', () => (this.open -= 1), { once: true });
    }
    return this.frames(view.id, baseUrl, AbortSignal.any([gone, this.lastCall.signal]));
  }

  private async *frames(
    jobId: string,
    baseUrl: string,
    signal: AbortSignal,
  ): AsyncGenerator<string | Buffer> {
    const bell = new Nudge();
    const ring = (): void => bell.give();
    const end = (): void => bell.finish();
    signal.addEventListener('abort', end, { once: true });
    const { feed, leave } = this.feeds.join(jobId, ring);
    const previews = new PreviewFeed(this.board, jobId, ring);
    try {
      yield* this.news({ bell, feed, previews }, baseUrl, signal);
    } finally {
      previews.close();
      leave();
      signal.removeEventListener('abort', end);
    }
  }

  private async *news(
    { bell, feed, previews }: Heard,
    baseUrl: string,
    signal: AbortSignal,
  ): AsyncGenerator<string | Buffer> {
    const told = new Told();
    let last: JobReading | undefined;
    let beatAtMs = performance.now();
    while (!signal.aborted) {
      bell.reset();
      const quietMs = beatAtMs + heartbeatIntervalMs - performance.now();
      if (feed.newest && feed.newest !== last) {
        last = feed.newest;
        const document = this.documentOf(last, baseUrl);
        yield* told.changes(document);
        if (hasEnded(document)) return;
      } else if (feed.isOver) {
        if (!this.lastCall.isLeaving) yield frame('error', this.reasonOf(feed).body);
        return;
      } else if (last && previews.restMs === 0) yield* this.preview(previews.take());
      else if (quietMs > 0) await bell.pause(Math.min(quietMs, last ? previews.restMs : Infinity));
      else {
        yield heartbeat;
        beatAtMs = performance.now();
      }
    }
  }

  private documentOf(reading: JobReading, baseUrl: string): JobDocument {
    const known = this.documents.get(reading) ?? new Map<string, JobDocument>();
    this.documents.set(reading, known);
    const document = known.get(baseUrl) ?? this.reader.shown(reading, baseUrl);
    if (known.size < basesMax) known.set(baseUrl, document);
    return document;
  }

  private *preview(bytes: Buffer | undefined): Generator<Buffer> {
    if (!bytes || this.waitingBytes + bytes.length > waitingBytesMax) return;
    this.waitingBytes += bytes.length;
    try {
      yield bytes;
    } finally {
      this.waitingBytes -= bytes.length;
    }
  }

  private reasonOf({ fault }: JobFeed): ApiError {
    if (fault === undefined) return notFound('job');
    this.log.error({ err: fault }, 'an event stream broke off');
    return new ApiError('internal_error', 'The job goes on; its events cannot be told any more.');
  }
}
