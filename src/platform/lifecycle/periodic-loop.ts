/**
 * A background loop that never runs two turns at once.
 * - `start` and `stop` may be called twice, and `stop` before `start`; `stop` aborts the turn's signal and waits for its end.
 * - `wake` asks for a turn as soon as possible; calls made before that turn begins are one, calls made during a turn cause one more.
 * - `wakeIn` wakes it after a while, if it is not stopped before.
 * - A turn that fails is logged and tried again after a delay that doubles from `intervalMs` up to `backoffMaxMs`;
 *   `wake` does not shorten that delay, so a broken dependency is not hammered.
 */
import type { Logger } from 'pino';
import { type Clock, SystemClock } from '../clock/index.js';

export interface PeriodicLoopOptions {
  name: string;
  /** From the end of one turn to the start of the next, unless woken. */
  intervalMs: number;
  turn: (signal: AbortSignal) => Promise<void>;
  log: Logger;
  clock?: Clock;
  backoffMaxMs?: number;
}

export class PeriodicLoop {
  private readonly clock: Clock;
  private abort: AbortController | undefined;
  private running: Promise<void> | undefined;
  private cancelTimer: (() => void) | undefined;
  private cancelWake: (() => void) | undefined;
  private wokenDuringTurn = false;
  private failures = 0;

  constructor(private readonly options: PeriodicLoopOptions) {
    this.clock = options.clock ?? new SystemClock();
  }

  /** The first turn begins at once. */
  start(): void {
    if (this.abort) return;
    this.abort = new AbortController();
    this.schedule(0);
  }

  wake(): void {
    if (!this.abort) return;
    if (this.running) this.wokenDuringTurn = true;
    else if (this.failures === 0) this.schedule(0);
  }

  /** Wakes it once, then; a later call takes the place of this one. */
  wakeIn(delayMs: number): void {
    this.cancelWake?.();
    this.cancelWake = this.clock.after(Math.max(0, delayMs), () => this.wake());
  }

  async stop(): Promise<void> {
    this.cancelWake?.();
    this.abort?.abort();
    this.abort = undefined;
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    await this.running;
  }

  private schedule(delayMs: number): void {
    this.cancelTimer?.();
    this.cancelTimer = this.clock.after(delayMs, () => this.begin());
  }

  private begin(): void {
    this.cancelTimer = undefined;
    const signal = this.abort?.signal;
    // After a stop and a start the old turn may still run; its end schedules the next.
    if (!signal || this.running) return;
    this.running = this.run(signal).finally(() => {
      this.running = undefined;
      if (this.abort) this.schedule(this.nextDelayMs());
    });
  }

  private async run(signal: AbortSignal): Promise<void> {
    this.wokenDuringTurn = false;
    try {
      await this.options.turn(signal);
      this.failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      this.failures += 1;
      this.options.log.warn(
        { err: error, loop: this.options.name, failures: this.failures },
        'loop turn failed',
      );
    }
  }

  private nextDelayMs(): number {
    const { intervalMs, backoffMaxMs = 30_000 } = this.options;
    if (this.failures === 0) return this.wokenDuringTurn ? 0 : intervalMs;
    return Math.min(Math.max(intervalMs, 100) * 2 ** (this.failures - 1), Math.max(backoffMaxMs, intervalMs));
  }
}
