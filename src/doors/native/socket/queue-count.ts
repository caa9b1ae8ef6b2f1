/**
 * How many prompts the cluster has to do, told to every client when it changes. Counted when something happens here and
 * periodically for what happened elsewhere; a count that takes long (a long queue) is made the more rarely.
 *
 * A client that reads 0 takes its prompts for ended. So a prompt that was accepted here counts at once, a count that began
 * before it is not believed without it, and who asks for itself is counted itself.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import type { Caller } from '../domain/may-touch.js';
import { NativeStore } from '../record/native.store.js';

const idleIntervalMs = 2_000;
const busyIntervalMs = 100;
/** Counting may take one part in this many of the time. */
const share = 20;

@Injectable()
export class QueueCount implements OnApplicationBootstrap, OnModuleDestroy {
  remaining = 0;
  private told = 0;
  /** Prompts accepted here while a count is being made, which may or may not see them. */
  private acceptedMeanwhile = 0;
  private readonly listeners = new Set<(remaining: number) => void>();
  private counting: Promise<void> | undefined;
  private cancelTimer: (() => void) | undefined;
  private costMs = 0;
  private countedAtMs = -Infinity;
  private stopped = false;

  constructor(
    @Inject(NativeStore) private readonly store: NativeStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.fresh();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    this.cancelTimer?.();
    await this.counting;
  }

  onChange(listener: (remaining: number) => void): void {
    this.listeners.add(listener);
  }

  /** A prompt was queued here. */
  accepted(): void {
    this.remaining += 1;
    this.acceptedMeanwhile += 1;
    this.touch();
  }

  /** For one client: what it has to wait for itself is read, however expensive it is to count all. */
  async for(caller: Caller): Promise<number> {
    const [all, own] = await Promise.all([this.fresh(), this.ownOf(caller)]);
    return Math.max(all, own);
  }

  private async ownOf(caller: Caller): Promise<number> {
    try {
      return await this.store.ownRemaining(caller);
    } catch (error) {
      this.log.debug({ err: error }, 'the prompts of a client could not be counted');
      return 0;
    }
  }

  /** Something was queued or has ended. */
  touch(): void {
    if (this.counting) return;
    this.schedule(
      Math.max(busyIntervalMs, this.costMs * share) - (this.clock.monotonicMs() - this.countedAtMs),
    );
  }

  /** Counted after this call began, unless a count is expensive; then the last one stands. */
  async fresh(): Promise<number> {
    if (this.costMs * share > busyIntervalMs) return this.remaining;
    await this.counting;
    await this.count();
    return this.remaining;
  }

  private schedule(delayMs: number): void {
    this.cancelTimer?.();
    if (!this.stopped) this.cancelTimer = this.clock.after(Math.max(0, delayMs), () => void this.count());
  }

  private async count(): Promise<void> {
    this.counting ??= this.countOnce().finally(() => {
      this.counting = undefined;
      this.schedule(Math.max(idleIntervalMs, this.costMs * share));
    });
    await this.counting;
  }

  private async countOnce(): Promise<void> {
    const beganMs = this.clock.monotonicMs();
    this.acceptedMeanwhile = 0;
    try {
      this.remaining = (await this.store.queueRemaining()) + this.acceptedMeanwhile;
      const hasChanged = this.remaining !== this.told;
      this.told = this.remaining;
      if (hasChanged) for (const listener of this.listeners) listener(this.remaining);
    } catch (error) {
      this.log.debug({ err: error }, 'the queue could not be counted');
    }
    this.countedAtMs = this.clock.monotonicMs();
    this.costMs = this.countedAtMs - beganMs;
  }
}
