/**
 * All event streams of this replica. While any is open, a turn gathers what changed, words it once for each audience and gives
 * every stream of it the same bytes. A turn follows what wakes it by a moment, so that many changes are one write.
 */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { outsideOfRequests } from '../../../modules/access/index.js';
import { isDatabaseUnavailable } from '../../../platform/database/index.js';
import { Fault } from '../../../platform/fault.js';
import { LastCall, PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { type Audience, type Change, frameOf, placeOf } from './change.js';
import { Budget, EventStream } from './event-stream.js';
import { Feeds } from './feeds.js';
import { isFor } from './wanted.js';

const streamsMax = 1_000;
const retryAfterSeconds = 5;
const keptBytesMax = 64 * 1024 * 1024;
/** From what wakes a turn to the turn. */
const gatherMs = 50;
const turnIntervalMs = 500;
const heartbeatIntervalMs = 15_000;
const stuckMaxMs = 120_000;

@Injectable()
export class EventHub implements OnModuleDestroy {
  private readonly audiences = new Map<string, { audience: Audience; streams: Set<EventStream> }>();
  private readonly budget = new Budget(keptBytesMax);
  private readonly loop: PeriodicLoop;
  private placeMs = 0;
  private open = 0;
  private isOver = false;
  private isRunning = false;
  private settling: Promise<void> = Promise.resolve();
  private soon: NodeJS.Timeout | undefined;
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    @Inject(Feeds) private readonly feeds: Feeds,
    @Inject(LastCall) private readonly lastCall: LastCall,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'event streams',
      intervalMs: turnIntervalMs,
      log,
      turn: async () => this.turn(),
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.endAll();
    this.isOver = true;
    await this.settle();
  }

  get openCount(): number {
    return this.open;
  }

  /** Fault overloaded when too many are open here, and shutting_down. `fromMs` is where a reader who comes back was. */
  async join(reader: Omit<Audience, 'key'>, fromMs: number | undefined): Promise<EventStream> {
    if (this.lastCall.isLeaving || this.isOver)
      throw new Fault('shutting_down', 'this replica is being stopped', undefined, { retryAfterSeconds: 1 });
    if (this.open >= streamsMax)
      throw new Fault('overloaded', 'too many event streams are open here', undefined, { retryAfterSeconds });
    const stream = this.enter(reader);
    try {
      await this.settle();
      await this.welcome(stream, fromMs);
    } catch (error) {
      stream.destroy();
      throw error;
    }
    return stream;
  }

  private enter(reader: Omit<Audience, 'key'>): EventStream {
    const key = JSON.stringify(reader);
    const entry = this.audiences.get(key) ?? {
      audience: { ...reader, key },
      streams: new Set<EventStream>(),
    };
    this.audiences.set(key, entry);
    const stream = new EventStream(entry.audience, this.budget);
    entry.streams.add(stream);
    this.open += 1;
    stream.once('close', () => this.leave(key, stream));
    this.feeds.look([...this.audiences.values()].map(({ audience }) => audience.wanted));
    return stream;
  }

  private leave(key: string, stream: EventStream): void {
    const entry = this.audiences.get(key);
    entry?.streams.delete(stream);
    if (entry?.streams.size === 0) this.audiences.delete(key);
    this.open -= 1;
    this.feeds.look([...this.audiences.values()].map(({ audience }) => audience.wanted));
    if (this.open === 0) void this.settle();
  }

  /** Runs while any stream is open; one change at a time. */
  private settle(): Promise<void> {
    // The loops that this starts are for every stream, and not for whoever came first.
    const turn = this.settling.then(async () => outsideOfRequests(async () => this.runIfWanted()));
    this.settling = turn.catch(() => undefined);
    return turn;
  }

  private async runIfWanted(): Promise<void> {
    const isWanted = this.open > 0 && !this.isOver;
    if (isWanted !== this.isRunning) await (isWanted ? this.start() : this.stop());
  }

  private async start(): Promise<void> {
    this.placeMs = await this.feeds.start(() => this.wake());
    this.isRunning = true;
    this.loop.start();
    this.heartbeat = setInterval(() => this.beat(), heartbeatIntervalMs);
  }

  private async stop(): Promise<void> {
    this.isRunning = false;
    clearTimeout(this.soon);
    this.soon = undefined;
    clearInterval(this.heartbeat);
    this.feeds.stop();
    await this.loop.stop();
  }

  /** What it missed, then what is told from now on. */
  private async welcome(stream: EventStream, fromMs: number | undefined): Promise<void> {
    const { wanted } = stream.audience;
    const { changes, lost } = await this.feeds.missedSince(fromMs, wanted);
    const opening = { resumed: fromMs !== undefined && lost.length === 0, types: wanted.types };
    const told = lost.filter((type) => wanted.types.includes(type));
    const text =
      `retry: ${retryMs()}\n${frameOf('open', opening)}` +
      (told.length === 0 ? '' : frameOf('reset', { types: told, reason: 'More happened than can be told.' }));
    stream.begin(
      changes.filter((one) => isFor(one, wanted)),
      text,
      this.placeMs,
    );
  }

  private wake(): void {
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      this.loop.wake();
    }, gatherMs);
  }

  private async turn(): Promise<void> {
    // Not at the last call: whoever goes on elsewhere misses nothing.
    if (this.lastCall.isLeaving) return this.endAll();
    try {
      const { changes, placeMs, overflow } = await this.feeds.take();
      this.placeMs = placeMs ?? this.placeMs;
      const newest = [...new Map(changes.map((one) => [one.key, one])).values()];
      for (const { audience, streams } of this.audiences.values()) this.tell(audience, streams, newest);
      if (overflow) this.resetAll(['job']);
    } catch (error) {
      // Streams stay open: what happens meanwhile is in the record, and is told then.
      if (!isDatabaseUnavailable(error)) throw error;
      this.log.debug({ err: error }, 'events wait for the database');
    }
  }

  private tell(audience: Audience, streams: ReadonlySet<EventStream>, changes: readonly Change[]): void {
    const told = changes.filter((one) => isFor(one, audience.wanted));
    if (told.length === 0) return;
    const text = told.map((one) => one.frame(audience)).join('') + placeOf(this.placeMs);
    const bytes = Buffer.from(text);
    for (const stream of streams) stream.tell(told, bytes, this.placeMs);
  }

  private resetAll(types: readonly string[]): void {
    for (const { audience, streams } of this.audiences.values()) {
      const told = types.filter((type) => audience.wanted.types.some((wanted) => wanted === type));
      if (told.length > 0)
        for (const stream of streams) stream.reset(told, 'More happened than can be told.');
    }
  }

  private beat(): void {
    const bytes = Buffer.from(placeOf(this.placeMs));
    const nowMs = performance.now();
    for (const { streams } of this.audiences.values())
      for (const stream of streams) {
        if (nowMs - (stream.stuckSinceMs ?? nowMs) > stuckMaxMs) stream.destroy();
        else stream.tell([], bytes, this.placeMs);
      }
  }

  private endAll(): void {
    for (const { streams } of this.audiences.values()) for (const stream of streams) stream.end();
  }
}

/** Those who lose one replica together do not come to the next all at once. */
const retryMs = (): number => 1_000 + Math.floor(Math.random() * 2_000);
