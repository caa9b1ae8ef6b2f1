/** Ends waits by the clock: jobs whose pause is over are queued again, those past their deadline expire. */
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { JobEvents, JobTraces, QueueStore } from '../../jobs/index.js';
import { OwnerCalls } from './owner-calls.js';

/** Jobs that wait out a pause need no look at every turn. */
const promotionIntervalMs = 200;
const expiryIntervalMs = 1000;

@Injectable()
export class WaitEnds {
  private expiryDueMs = 0;
  private promotionDueMs = 0;

  constructor(
    @Inject(QueueStore) private readonly queue: QueueStore,
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(JobTraces) private readonly traces: JobTraces,
    @Inject(OwnerCalls) private readonly owners: OwnerCalls,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async look(): Promise<void> {
    await this.promote();
    await this.expire();
  }

  private async promote(): Promise<void> {
    if (this.clock.monotonicMs() < this.promotionDueMs) return;
    this.promotionDueMs = this.clock.monotonicMs() + promotionIntervalMs;
    await this.queue.promoteDue();
  }

  private async expire(): Promise<void> {
    if (this.clock.monotonicMs() < this.expiryDueMs) return;
    this.expiryDueMs = this.clock.monotonicMs() + expiryIntervalMs;
    const { expired, owners } = await this.queue.expireOverdue();
    this.traces.left(expired);
    for (const jobId of expired)
      await this.events.publish({ type: 'state', jobId, state: 'expired', started: false, nodeId: null });
    for (const owner of owners) this.owners.note(owner);
    await this.owners.call();
  }
}
