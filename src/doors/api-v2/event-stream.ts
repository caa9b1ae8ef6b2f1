/**
 * `GET /jobs/{id}/events`: a snapshot, then every change, until the job has ended. Outputs come before the terminal status,
 * because clients stop reading there. A slow reader is given the newest state, never a queue of old ones.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { JobsService, type JobView } from '../../modules/jobs/index.js';
import { LastCall } from '../../platform/lifecycle/index.js';
import { ApiError } from './domain/errors.js';
import type { JobDocument } from './documents/job-document.js';
import { JobReader } from './job-reader.js';
import { RunBoard } from './live/run-board.js';

const streamsMax = 1_000;
const retryAfterSeconds = 5;
const previewIntervalMs = 500;
const terminal = new Set(['succeeded', 'canceled', 'failed', 'expired']);

@Injectable()
export class EventStream {
  private open = 0;

  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(JobReader) private readonly reader: JobReader,
    @Inject(RunBoard) private readonly board: RunBoard,
    @Inject(LastCall) private readonly lastCall: LastCall,
  ) {}

  /** Frames as text. Fault-like refusals are thrown before the first. */
  begin(view: JobView, baseUrl: string, gone: AbortSignal): AsyncGenerator<string> {
    if (this.open >= streamsMax)
      throw new ApiError(
        'too_many_streams',
        'Too many event streams are open here.',
        null,
        retryAfterSeconds,
      );
    return this.frames(view, baseUrl, AbortSignal.any([gone, this.lastCall.signal]));
  }

  private async *frames(view: JobView, baseUrl: string, signal: AbortSignal): AsyncGenerator<string> {
    this.open += 1;
    const previews = new PreviewFeed(this.board, view.id);
    try {
      yield* this.merged(this.jobs.watch(view.id, signal), previews, baseUrl, signal);
    } finally {
      previews.close();
      this.open -= 1;
    }
  }

  private async *merged(
    views: AsyncGenerator<JobView>,
    previews: PreviewFeed,
    baseUrl: string,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const told = new Told();
    let next = views.next();
    while (!signal.aborted) {
      const first = await Promise.race([next, previews.arrived(signal)]);
      if (first === 'preview') {
        const preview = previews.take();
        if (preview) yield frame('preview', preview);
        continue;
      }
      if (first.done) return;
      const document = await this.reader.document(first.value, baseUrl);
      yield* told.changes(document);
      if (terminal.has(document.status)) return;
      next = views.next();
    }
  }
}

/** What a client has been told, so that it is told only what is new. */
class Told {
  private status = '';
  private progress = '';
  private readonly outputs = new Set<string>();

  *changes({ status, queue_position, progress, outputs }: JobDocument): Generator<string> {
    const isEnd = terminal.has(status);
    // The first frame is a status, and nobody reads on after a terminal one: what has ended is told as it went.
    if (isEnd && this.status === '' && outputs.length > 0)
      yield frame('status', { status: 'running', queue_position: null });
    if (isEnd) yield* this.newOutputs(outputs);
    const state = JSON.stringify({ status, queue_position });
    if (state !== this.status) yield frame('status', { status, queue_position });
    this.status = state;
    if (isEnd) return;
    const now = JSON.stringify(progress);
    if (progress && now !== this.progress) yield frame('progress', progress);
    this.progress = now;
    yield* this.newOutputs(outputs);
  }

  private *newOutputs(outputs: JobDocument['outputs']): Generator<string> {
    for (const output of outputs) {
      if (this.outputs.has(output.id)) continue;
      this.outputs.add(output.id);
      yield frame('output', output);
    }
  }
}

/** The newest preview of a job, at most two a second. */
class PreviewFeed {
  private hasNew = false;
  private wake: () => void = () => undefined;
  private readonly unsubscribe: () => void;
  private sentAtMs = 0;

  constructor(
    private readonly board: RunBoard,
    private readonly jobId: string,
  ) {
    this.hasNew = board.previewOf(jobId) !== undefined;
    this.unsubscribe = board.onPreview(jobId, () => {
      this.hasNew = true;
      this.wake();
    });
  }

  async arrived(signal: AbortSignal): Promise<'preview'> {
    if (!this.hasNew) await new Promise<void>((resolve) => (this.wake = resolve));
    const restMs = this.sentAtMs + previewIntervalMs - performance.now();
    if (restMs > 0) await sleep(restMs, undefined, { signal }).catch(() => undefined);
    return 'preview';
  }

  take() {
    this.hasNew = false;
    this.sentAtMs = performance.now();
    return this.board.previewOf(this.jobId);
  }

  close(): void {
    this.unsubscribe();
    this.wake();
  }
}

const frame = (event: string, data: object): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
