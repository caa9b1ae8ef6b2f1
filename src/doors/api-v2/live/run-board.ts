/**
 * The latest word on runs that clients of this door look at: how far they are, and the newest preview. Heard from the nodes'
 * events on any replica; kept in memory, bounded, and thrown away when the job ends: the record is the truth.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { decodeBinaryEvent } from '../../../modules/comfyui/index.js';
import { type RunEvent, RunEvents } from '../../../modules/dispatch/index.js';
import { frame } from '../documents/frames.js';
import { foldEvent, nothingRan, type RunFacts } from '../domain/progress.js';

interface Entry {
  facts: RunFacts;
  attemptId: string | undefined;
  /** Its frame, made once for all streams. */
  preview: Buffer | undefined;
  listeners: Set<() => void>;
}

const entriesMax = 10_000;
/** Of one preview's frame, and of all that are kept: nodes may send what they like. */
const previewBytesMax = 1024 * 1024;
const keptBytesMax = 64 * 1024 * 1024;

@Injectable()
export class RunBoard implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly entries = new Map<string, Entry>();
  private unsubscribe: () => void = () => undefined;
  private keptBytes = 0;

  constructor(@Inject(RunEvents) private readonly events: RunEvents) {}

  onApplicationBootstrap(): void {
    this.unsubscribe = this.events.subscribe((event) => this.hear(event));
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /** From now on what is heard of the job is kept. */
  look(jobId: string): RunFacts {
    return this.entryOf(jobId).facts;
  }

  previewOf(jobId: string): Buffer | undefined {
    return this.entries.get(jobId)?.preview;
  }

  /** Calls `listener` at each new preview until the function it answers is called. */
  onPreview(jobId: string, listener: () => void): () => void {
    const { listeners } = this.entryOf(jobId);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.dropPreview(jobId);
    };
  }

  /** The job has ended. */
  forget(jobId: string): void {
    if (this.entries.get(jobId)?.listeners.size === 0) this.entries.delete(jobId);
  }

  private entryOf(jobId: string): Entry {
    const known = this.entries.get(jobId);
    if (known) return known;
    const entry: Entry = {
      facts: nothingRan,
      attemptId: undefined,
      preview: undefined,
      listeners: new Set(),
    };
    this.entries.set(jobId, entry);
    if (this.entries.size > entriesMax) this.dropOldest();
    return entry;
  }

  private dropOldest(): void {
    for (const [jobId, { listeners }] of this.entries) {
      if (listeners.size > 0) continue;
      this.entries.delete(jobId);
      return;
    }
  }

  private hear(event: RunEvent): void {
    const entry = this.entries.get(event.jobId);
    if (!entry) return;
    if (entry.attemptId !== event.attemptId)
      Object.assign(entry, { attemptId: event.attemptId, facts: nothingRan });
    if (event.kind === 'binary') this.keepPreview(entry, event.frame);
    else {
      entry.facts = foldEvent(entry.facts, event.type, event.data);
      if (event.from !== undefined && entry.listeners.size > 0) this.events.wantPreviews(event);
    }
  }

  private keepPreview(entry: Entry, binary: Buffer): void {
    if (binary.length > previewBytesMax || entry.listeners.size === 0) return;
    const decoded = decodeBinaryEvent(binary);
    if (decoded?.type !== 'preview') return;
    const preview = Buffer.from(
      frame('preview', {
        node_id: decoded.metadata?.displayNodeId ?? entry.facts.current ?? '',
        content_type: decoded.mimeType,
        data_base64: Buffer.from(decoded.image).toString('base64'),
      }),
    );
    const moreBytes = preview.length - (entry.preview?.length ?? 0);
    if (this.keptBytes + moreBytes > keptBytesMax) return;
    this.keptBytes += moreBytes;
    entry.preview = preview;
    for (const listener of entry.listeners) listener();
  }

  private dropPreview(jobId: string): void {
    const entry = this.entries.get(jobId);
    if (!entry) return;
    this.keptBytes -= entry.preview?.length ?? 0;
    entry.preview = undefined;
  }
}
