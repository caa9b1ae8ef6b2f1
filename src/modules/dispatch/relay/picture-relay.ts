/**
 * Whole pictures on their way to other replicas: results that exist nowhere else, for `SaveImageWebsocket` writes no file. Every one
 * goes to every replica that asks for its job, once and in order; those who ask a moment late get what has been kept.
 * The end of a run waits for its pictures (`told`), so that nobody hears of an end without them; what cannot be sent now is sent
 * again. Bounded in bytes and time; what is given up is told in the log.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NamedFrame } from '../domain/frame-parts.js';

const keptBytesMax = 128 * 1024 * 1024;
const keptForMs = 15_000;
/** Until the replica of a client has heard of the run and asked. Only a run that nobody looks at is kept waiting so long. */
const askedWithinMs = 3_000;
const lookIntervalMs = 10;

interface Kept {
  frame: NamedFrame;
  sentTo: Set<string>;
}

export interface PictureRelayOptions {
  askersOf: (jobId: string) => string[];
  /** A client of this replica sees the job: nobody else need be waited for. */
  isShownHere: (jobId: string) => boolean;
  /** Rejects when it could not be sent. */
  send: (replicaId: string, frame: NamedFrame) => Promise<void>;
  lost: (frame: NamedFrame) => void;
  signal: AbortSignal;
}

export class PictureRelay {
  private readonly kept = new Set<Kept>();
  private keptBytes = 0;
  private readonly pendingOf = new Map<string, Promise<void>>();
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: PictureRelayOptions) {}

  relay(frame: NamedFrame): void {
    this.keep({ frame, sentTo: new Set() });
    const { attemptId, jobId } = frame;
    const before = this.pendingOf.get(attemptId) ?? this.asked(jobId);
    const sent = before.catch(() => undefined).then(async () => this.flush());
    this.pendingOf.set(attemptId, sent);
    const isOver = (): void => {
      if (this.pendingOf.get(attemptId) === sent) this.pendingOf.delete(attemptId);
    };
    sent.then(isOver, isOver);
  }

  /** What the node says after its pictures must not overtake them. */
  pending(attemptId: string): Promise<void> | undefined {
    return this.pendingOf.get(attemptId);
  }

  /** Resolves when everybody who asks has the attempt's pictures; rejects when they cannot be sent now. */
  async told(attemptId: string): Promise<void> {
    await this.pendingOf.get(attemptId);
    if ([...this.kept].some(({ frame }) => frame.attemptId === attemptId)) await this.flush();
  }

  /** Sends what somebody asks for and has not got. */
  async flush(): Promise<void> {
    this.turn = this.turn.catch(() => undefined).then(async () => this.sendKept());
    await this.turn;
  }

  private async asked(jobId: string): Promise<void> {
    const { askersOf, isShownHere, signal } = this.options;
    const untilMs = performance.now() + askedWithinMs;
    const isExpected = (): boolean => askersOf(jobId).length === 0 && !isShownHere(jobId);
    while (performance.now() < untilMs && !signal.aborted && isExpected())
      await sleep(lookIntervalMs, undefined, { signal }).catch(() => undefined);
  }

  private async sendKept(): Promise<void> {
    for (const { frame, sentTo } of this.kept)
      for (const replicaId of this.options.askersOf(frame.jobId)) {
        if (sentTo.has(replicaId) || this.options.signal.aborted) continue;
        await this.options.send(replicaId, frame);
        sentTo.add(replicaId);
      }
  }

  private keep(kept: Kept): void {
    this.kept.add(kept);
    this.keptBytes += kept.frame.frame.length;
    setTimeout(() => this.forget(kept), keptForMs).unref();
    for (const oldest of this.kept) {
      if (this.keptBytes <= keptBytesMax) return;
      this.forget(oldest);
      if (oldest.sentTo.size === 0 && !this.options.isShownHere(oldest.frame.jobId))
        this.options.lost(oldest.frame);
    }
  }

  private forget(kept: Kept): void {
    if (this.kept.delete(kept)) this.keptBytes -= kept.frame.frame.length;
  }
}
