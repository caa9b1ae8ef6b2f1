/**
 * Whole pictures on their way to other replicas: results that exist nowhere else, for `SaveImageWebsocket` writes no file. Every one
 * goes to every replica that asks for its job, once and in order; those who ask a moment late get what has been kept.
 * Bounded in bytes and time; what is given up is told in the log.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NamedFrame } from '../domain/frame-parts.js';

const keptBytesMax = 128 * 1024 * 1024;
const keptForMs = 15_000;
/** Until the replica of a client has heard of the run and asked. */
const askedWithinMs = 400;

interface Kept {
  frame: NamedFrame;
  atMs: number;
  sentTo: Set<string>;
}

export interface PictureRelayOptions {
  askersOf: (jobId: string) => string[];
  send: (replicaId: string, frame: NamedFrame) => Promise<void>;
  lost: (frame: NamedFrame) => void;
  signal: AbortSignal;
}

export class PictureRelay {
  private kept: Kept[] = [];
  private readonly pendingOf = new Map<string, Promise<void>>();
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: PictureRelayOptions) {}

  relay(frame: NamedFrame): void {
    this.kept.push({ frame, atMs: performance.now(), sentTo: new Set() });
    this.forget();
    const { attemptId, jobId } = frame;
    const before = this.pendingOf.get(attemptId) ?? this.asked(jobId);
    const sent = before.then(async () => this.flush());
    this.pendingOf.set(attemptId, sent);
    void sent.finally(() => {
      if (this.pendingOf.get(attemptId) === sent) this.pendingOf.delete(attemptId);
    });
  }

  /** Resolves when the pictures that came before now are on their way: what the node said after them must not overtake them. */
  pending(attemptId: string): Promise<void> | undefined {
    return this.pendingOf.get(attemptId);
  }

  /** Somebody asks for the job. */
  async flush(): Promise<void> {
    this.turn = this.turn.then(async () => this.sendKept());
    await this.turn;
  }

  private async asked(jobId: string): Promise<void> {
    const untilMs = performance.now() + askedWithinMs;
    while (performance.now() < untilMs && this.options.askersOf(jobId).length === 0)
      await sleep(20, undefined, { signal: this.options.signal }).catch(() => undefined);
  }

  private async sendKept(): Promise<void> {
    for (const { frame, sentTo } of this.kept)
      for (const replicaId of this.options.askersOf(frame.jobId)) {
        if (sentTo.has(replicaId) || this.options.signal.aborted) continue;
        sentTo.add(replicaId);
        await this.options.send(replicaId, frame);
      }
  }

  private forget(): void {
    const nowMs = performance.now();
    let bytes = this.kept.reduce((sum, { frame }) => sum + frame.frame.length, 0);
    this.kept = this.kept.filter(({ frame, atMs, sentTo }) => {
      const isOver = bytes > keptBytesMax;
      if (!isOver && nowMs - atMs < keptForMs) return true;
      bytes -= frame.frame.length;
      if (isOver && sentTo.size === 0) this.options.lost(frame);
      return false;
    });
  }
}
