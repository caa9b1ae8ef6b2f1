/** What wakes, ends and stops the following of an attempt. */
import { Nudge } from '../../../platform/lifecycle/index.js';

export class RunSignals {
  private readonly nudge = new Nudge();
  private readonly stops = new AbortController();
  private readonly leaves = new AbortController();
  /** Somebody wants the job's end: what is left to fetch is not wanted any more. */
  private readonly cancels = new AbortController();

  get stopping(): AbortSignal {
    return this.stops.signal;
  }

  /** A stop has waited long enough for an answer. */
  get leaving(): AbortSignal {
    return this.leaves.signal;
  }

  get cancelling(): AbortSignal {
    return this.cancels.signal;
  }

  stop(): void {
    this.stops.abort();
    this.nudge.finish();
  }

  leave(): void {
    this.leaves.abort();
  }

  cancel(): void {
    this.cancels.abort();
  }

  /** There is something to see: the next pause ends at once. */
  wake(): void {
    this.nudge.give();
  }

  /** From now on only a new wake counts. */
  renew(): void {
    this.nudge.reset();
  }

  async pause(durationMs: number, isWakeable = true): Promise<void> {
    await this.nudge.pause(durationMs, isWakeable);
  }
}
