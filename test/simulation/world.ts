/**
 * A manual clock with everything that waits on it. Processes are generators that yield how long they sleep, in milliseconds;
 * what lies between two yields happens at once. Equal seeds make equal logs, byte for byte.
 */
import { EventHeap } from '../../src/programs/simulation/event-heap.js';
import { type Rng, stream } from '../../src/programs/simulation/rng.js';

export type Process = Generator<number, void, void>;

/** Whatever runs processes: they wait while it is paused, and vanish when it has died. */
export interface Host {
  life: number;
  pausedUntilMs: number;
}

export class World {
  nowMs = 0;
  steps = 0;
  readonly log: string[] = [];
  readonly rng: Rng;
  private readonly events = new EventHeap<() => void>();

  constructor(readonly seed: number) {
    this.rng = stream(seed, 'world');
  }

  after(delayMs: number, run: () => void): void {
    this.events.push(this.nowMs + delayMs, run);
  }

  spawn(host: Host, process: Process): void {
    const { life } = host;
    const resume = (): void => {
      if (host.life !== life) return;
      if (host.pausedUntilMs > this.nowMs) return this.after(host.pausedUntilMs - this.nowMs, resume);
      const { done, value } = process.next();
      if (!done) this.after(value, resume);
    };
    this.after(0, resume);
  }

  /** Runs until `over` says so, checking after every step; false when time ran out before. */
  run(untilMs: number, check: () => void, over: () => boolean): boolean {
    for (let next = this.events.pop(); next && next.atMs <= untilMs; next = this.events.pop()) {
      this.nowMs = next.atMs;
      this.steps += 1;
      next.event();
      check();
      if (over()) return true;
    }
    return false;
  }

  say(text: string): void {
    this.log.push(`${this.nowMs} ${text}`);
  }

  /** One way through the network. */
  latencyMs(): number {
    return 1 + this.rng.int(this.rng.next() < 0.05 ? 1500 : 20);
  }
}

/** Found by the checks: names the invariant. */
class Violation extends Error {
  override readonly name = 'Violation';
}

export function must(holds: boolean, invariant: string): void {
  if (!holds) throw new Violation(invariant);
}
