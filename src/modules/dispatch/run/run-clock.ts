/** What time it is for runs, and how long each of their steps may take. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';

@Injectable()
export class RunClock {
  readonly pollIntervalMs: number;
  readonly sendTimeoutMs: number;
  readonly settleMs: number;
  readonly lostGraceMs: number;
  /** Longest run, whatever the estimate says. */
  readonly runLimitMs: number;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    this.pollIntervalMs = config.NODE_POLL_INTERVAL_MS;
    this.sendTimeoutMs = config.ATTEMPT_SEND_TIMEOUT_MS;
    this.settleMs = config.ATTEMPT_SETTLE_MS;
    this.lostGraceMs = config.NODE_LOST_GRACE_MS;
    this.runLimitMs = config.ATTEMPT_RUN_LIMIT_MS;
  }

  monotonicMs(): number {
    return this.clock.monotonicMs();
  }
}
