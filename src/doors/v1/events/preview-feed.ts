/**
 * The newest preview of each running job that somebody looks at, wherever it is followed; at most one a second for streams.
 * Bounded in number and bytes; thrown away a while after the last.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { decodeBinaryEvent } from '../../../modules/comfyui/index.js';
import { type RunEvent, RunEvents } from '../../../modules/dispatch/index.js';
import { change, type Change } from './change.js';
import type { About } from './wanted.js';

export interface Preview {
  jobId: string;
  nodeId: string;
  graphNode: string | null;
  contentType: string;
  image: Buffer;
  atMs: number;
}

const previewBytesMax = 256 * 1024;
const keptBytesMax = 16 * 1024 * 1024;
const intervalMs = 1_000;
const askedForMs = 30_000;
const askedMax = 1_000;

@Injectable()
export class PreviewFeed implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly newest = new Map<string, Preview>();
  private keptBytes = 0;
  private readonly toldAtMs = new Map<string, number>();
  private readonly untold = new Set<string>();
  /** By job, until when somebody looks. */
  private readonly asked = new Map<string, number>();
  private readonly waiting = new Map<string, Set<() => void>>();
  private unsubscribe: () => void = () => undefined;
  private wake: (() => void) | undefined;
  /** Streams look at every job. */
  looksAtAll = false;

  constructor(@Inject(RunEvents) private readonly events: RunEvents) {}

  onApplicationBootstrap(): void {
    this.unsubscribe = this.events.subscribe((event) => this.hear(event));
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  start(wake: () => void): void {
    this.wake = wake;
  }

  stop(): void {
    this.wake = undefined;
    this.looksAtAll = false;
    this.untold.clear();
    this.toldAtMs.clear();
  }

  /** The newest of the job; waits a while for the first. */
  async of(jobId: string, signal: AbortSignal): Promise<Preview | undefined> {
    this.look(jobId);
    if (!this.newest.has(jobId)) await this.next(jobId, signal);
    return this.newest.get(jobId);
  }

  /** From now on, for a while, previews of the job are asked for. */
  look(jobId: string): void {
    this.asked.delete(jobId);
    this.asked.set(jobId, performance.now() + askedForMs);
    const [oldest] = this.asked.keys();
    if (this.asked.size > askedMax && oldest !== undefined) this.asked.delete(oldest);
  }

  /** `aboutOf` says whose the job is; what it does not know is told later. */
  take(aboutOf: (jobId: string) => About['job'] | undefined): Change[] {
    const nowMs = performance.now();
    return [...this.untold].flatMap((jobId) => {
      const preview = this.newest.get(jobId);
      const job = aboutOf(jobId);
      if (!job || nowMs - (this.toldAtMs.get(jobId) ?? -Infinity) < intervalMs) return [];
      this.untold.delete(jobId);
      if (!preview) return [];
      this.toldAtMs.set(jobId, nowMs);
      return [change({ type: 'preview', key: `preview ${jobId}`, about: { job } }, () => bodyOf(preview))];
    });
  }

  private async next(jobId: string, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const waiting = this.waiting.get(jobId) ?? new Set();
      this.waiting.set(jobId, waiting.add(resolve));
      const leave = (): void => {
        waiting.delete(resolve);
        if (waiting.size === 0) this.waiting.delete(jobId);
        resolve();
      };
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave, { once: true });
    });
  }

  private hear(event: RunEvent): void {
    const { jobId, nodeId } = event;
    if (!this.looksAtAll && performance.now() > (this.asked.get(jobId) ?? -Infinity)) return;
    if (event.kind === 'json') {
      if (event.from !== undefined) this.events.wantPreviews(event);
      return;
    }
    if (event.frame.length > previewBytesMax) return;
    const decoded = decodeBinaryEvent(event.frame);
    if (decoded?.type !== 'preview') return;
    this.keep({
      jobId,
      nodeId,
      graphNode: decoded.metadata?.displayNodeId ?? null,
      contentType: decoded.mimeType,
      image: Buffer.from(decoded.image),
      atMs: Date.now(),
    });
  }

  private keep(preview: Preview): void {
    const { jobId } = preview;
    this.drop(jobId);
    this.newest.set(jobId, preview);
    this.keptBytes += preview.image.length;
    for (const [oldest] of this.newest) {
      if (this.keptBytes <= keptBytesMax) break;
      this.drop(oldest);
    }
    for (const resolve of this.waiting.get(jobId) ?? []) resolve();
    if (!this.wake) return;
    this.untold.add(jobId);
    this.wake();
  }

  private drop(jobId: string): void {
    this.keptBytes -= this.newest.get(jobId)?.image.length ?? 0;
    this.newest.delete(jobId);
    if (this.toldAtMs.size > askedMax) this.toldAtMs.clear();
  }
}

const bodyOf = ({ jobId, nodeId, graphNode, contentType, image, atMs }: Preview) => ({
  job_id: jobId,
  node_id: nodeId,
  graph_node: graphNode,
  content_type: contentType,
  data_base64: image.toString('base64'),
  at: new Date(atMs).toISOString(),
});
