/**
 * The end of this process, as those see it who wait for something: first it is leaving, and new connections go to other
 * replicas; when patience is over, whoever still waits is answered that what he waits for did not happen.
 */
import { Injectable } from '@nestjs/common';

@Injectable()
export class LastCall {
  private leaving = false;
  private readonly closing = new AbortController();

  get isLeaving(): boolean {
    return this.leaving;
  }

  /** Aborted when whoever waits must be answered. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  leave(patienceMs: number): void {
    this.leaving = true;
    if (patienceMs > 0) setTimeout(() => this.closing.abort(), patienceMs).unref();
    else this.closing.abort();
  }
}
