/**
 * Time as an argument. `now` is wall time and may jump; `monotonicMs` never goes back and only its differences mean
 * something; `after` calls back once, `delayMs` later, unless the returned function was called before.
 */
export abstract class Clock {
  abstract now(): Date;
  abstract monotonicMs(): number;
  abstract after(delayMs: number, callback: () => void): () => void;
}

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }

  monotonicMs(): number {
    return performance.now();
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  }
}
