/**
 * Previews for the clients of other replicas, and from other replicas for clients here, by notifications on a channel of
 * each replica: only who asks hears of a job, and asking lasts some seconds. Bounded in rate, for the database carries
 * it; of each attempt only the newest preview waits. All may be lost, but for whole pictures: see `PictureRelay`.
 *
 *   node's socket ─▶ EventRelay ─▶ RunEvents ─▶ clients of this replica
 *                                   └▶ PreviewRelay, PictureRelay ─▶ channel of each replica that asked ─▶ its RunEvents ─▶ its clients
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Replica } from '../../../platform/cluster/index.js';
import { Notifications } from '../../../platform/database/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import {
  FrameAssembly,
  type FramePart,
  isPicture,
  type NamedFrame,
  partsOf,
  pictureBytesMax,
} from '../domain/frame-parts.js';
import { PictureRelay } from './picture-relay.js';

/** What one replica says to another. */
type Word = { from: string } & ({ wants: string } | { part: FramePart });

const askAgainMs = 5_000;
const askedForMs = 15_000;
const frameIntervalMs = 400;
const bytesPerMsMax = 1_000;
const waitingMax = 64;
const jobsMax = 10_000;
const assembliesMax = 64;
const pictureWordsAtOnce = 100;

@Injectable()
export class PreviewRelay implements OnModuleInit, OnModuleDestroy {
  onFrame: (frame: NamedFrame) => void = () => undefined;
  /** Per job and follower. */
  private readonly askAgainAtMs = new Map<string, number>();
  /** Per job, which replicas ask, and until when. */
  private readonly askers = new Map<string, Map<string, number>>();
  /** Per job, until when a client here is taken to look at it. */
  private readonly shownHere = new Map<string, number>();
  private readonly assemblies = new Map<string, FrameAssembly>();
  private readonly waiting = new Map<string, NamedFrame>();
  private readonly sentAtMs = new Map<string, number>();
  private readonly stopping = new AbortController();
  private sending: Promise<void> | undefined;
  private frames = 0;
  private readonly pictures: PictureRelay;

  constructor(
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.pictures = new PictureRelay({
      askersOf: (jobId) => this.askersOf(jobId, performance.now()),
      isShownHere: (jobId) => performance.now() < (this.shownHere.get(jobId) ?? 0),
      send: async (replicaId, frame) => this.sendPicture(replicaId, frame),
      lost: ({ jobId, nodeId }) =>
        this.log.warn(
          { job: jobId, node: nodeId },
          'a picture that exists as an event only could not be kept for the other replicas',
        ),
      signal: this.stopping.signal,
    });
  }

  async onModuleInit(): Promise<void> {
    await this.notifications.listen(channelOf(this.replica.id), (payload) =>
      this.hear(JSON.parse(payload) as Word),
    );
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.sending;
  }

  /** A client here wants to see the job, which `follower` follows. */
  ask(jobId: string, follower: string): void {
    const nowMs = performance.now();
    const asked = `${jobId} ${follower}`;
    if (nowMs < (this.askAgainAtMs.get(asked) ?? 0)) return;
    remember(this.askAgainAtMs, asked, nowMs + askAgainMs);
    void this.say(follower, [{ from: this.replica.id, wants: jobId }]);
  }

  /** A client here sees the job, which is followed here. */
  showHere(jobId: string): void {
    remember(this.shownHere, jobId, performance.now() + askedForMs);
  }

  /** A preview of a job that is followed here. */
  relay(frame: NamedFrame): void {
    if (isPicture(frame.frame)) return this.pictures.relay(frame);
    const nowMs = performance.now();
    if (this.askersOf(frame.jobId, nowMs).length === 0) return;
    if (this.waiting.size >= waitingMax && !this.waiting.has(frame.attemptId)) return;
    if (nowMs - (this.sentAtMs.get(frame.attemptId) ?? -Infinity) < frameIntervalMs) return;
    remember(this.sentAtMs, frame.attemptId, nowMs);
    this.waiting.set(frame.attemptId, frame);
    this.sending ??= this.sendPreviews().finally(() => (this.sending = undefined));
  }

  /** What the node says after its pictures must not overtake them. */
  pendingPictures(attemptId: string): Promise<void> | undefined {
    return this.pictures.pending(attemptId);
  }

  /** Resolves when every replica that asks has the attempt's pictures; rejects when the database cannot carry them now. */
  async picturesTold(attemptId: string): Promise<void> {
    await this.pictures.told(attemptId);
  }

  private async sendPicture(replicaId: string, frame: NamedFrame): Promise<void> {
    const parts = partsOf(frame, (this.frames += 1), pictureBytesMax);
    for (let at = 0; at < parts.length; at += pictureWordsAtOnce)
      await this.send(
        replicaId,
        parts.slice(at, at + pictureWordsAtOnce).map((part) => ({ from: this.replica.id, part })),
      );
  }

  private hear(word: Word): void {
    if ('wants' in word) {
      const askers = this.askers.get(word.wants) ?? new Map<string, number>();
      remember(this.askers, word.wants, askers.set(word.from, performance.now() + askedForMs));
      // What fails is tried again before the end of the run is told.
      this.pictures.flush().catch(() => undefined);
      return;
    }
    // Pictures and previews of one sender may be told in turns.
    const sender = `${word.from} ${word.part.no}`;
    const assembly = this.assemblies.get(sender) ?? new FrameAssembly();
    if (word.part.part + 1 < word.part.parts) remember(this.assemblies, sender, assembly, assembliesMax);
    else this.assemblies.delete(sender);
    const frame = assembly.add(word.part);
    if (frame) this.onFrame(frame);
  }

  private askersOf(jobId: string, nowMs: number): string[] {
    const askers = [...(this.askers.get(jobId) ?? [])].filter(([, untilMs]) => nowMs < untilMs);
    if (askers.length === 0) this.askers.delete(jobId);
    return askers.map(([replicaId]) => replicaId);
  }

  private async sendPreviews(): Promise<void> {
    for (const [attemptId, frame] of this.waiting) {
      this.waiting.delete(attemptId);
      const words = partsOf(frame, (this.frames += 1)).map((part) => ({ from: this.replica.id, part }));
      const askers = this.askersOf(frame.jobId, performance.now());
      for (const asker of words.length === 0 ? [] : askers) await this.say(asker, words);
      const paceMs = (askers.length * frame.frame.length) / bytesPerMsMax;
      await sleep(paceMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.stopping.signal.aborted) return;
    }
  }

  private async say(replicaId: string, words: Word[]): Promise<void> {
    try {
      await this.send(replicaId, words);
    } catch (error) {
      this.log.debug({ err: error }, 'a preview could not be passed on');
    }
  }

  private async send(replicaId: string, words: Word[]): Promise<void> {
    await this.notifications.notifyAll(
      channelOf(replicaId),
      words.map((word) => JSON.stringify(word)),
    );
  }
}

const channelOf = (replicaId: string): string => `comfymux_previews_${replicaId.replaceAll('-', '')}`;

/** What was remembered first is forgotten first. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value, sizeMax = jobsMax): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > sizeMax && oldest !== undefined) map.delete(oldest);
}
