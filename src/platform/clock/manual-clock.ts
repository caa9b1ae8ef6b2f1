import { Clock } from './clock.js';

interface Timer {
  dueMs: number;
  callback: () => void;
}

/** A clock for tests: stands still until `advance` moves it, and then fires what is due, in order. */
export class ManualClock extends Clock {
  private elapsedMs = 0;
  private readonly timers = new Set<Timer>();

  constructor(private readonly start = new Date('2026-01-01T00:00:00Z')) {
    super();
  }

  now(): Date {
    return new Date(this.start.getTime() + this.elapsedMs);
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.elapsedMs + Math.max(0, delayMs), callback };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  get pendingTimers(): number {
    return this.timers.size;
  }

  /** A callback sees the time it was due at, and timers it sets fire in the same call when they fall into it. */
  advance(durationMs: number): void {
    const untilMs = this.elapsedMs + durationMs;
    for (let next = this.nextDue(untilMs); next; next = this.nextDue(untilMs)) {
      this.timers.delete(next);
      this.elapsedMs = next.dueMs;
      next.callback();
    }
    this.elapsedMs = untilMs;
  }

  private nextDue(untilMs: number): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.dueMs <= untilMs && (!earliest || timer.dueMs < earliest.dueMs)) earliest = timer;
    }
    return earliest;
  }
}
