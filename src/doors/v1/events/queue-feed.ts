/** What waits and what is at work, counted for all streams together, as often as the counting is cheap. */
import { Inject, Injectable } from '@nestjs/common';
import { type QueueCount, QueueStore } from '../../../modules/jobs/index.js';
import { change, type Change } from './change.js';
import { queueBody } from './queue.body.js';

const intervalMs = 1_000;
/** Of its time, what counting may take. */
const shareMax = 0.05;

@Injectable()
export class QueueFeed {
  private counts: readonly QueueCount[] = [];
  private print = '';
  private nextAtMs = -Infinity;

  constructor(@Inject(QueueStore) private readonly queue: QueueStore) {}

  async take(): Promise<Change[]> {
    const startMs = performance.now();
    if (startMs < this.nextAtMs) return [];
    const counts = await this.queue.counted();
    const tookMs = performance.now() - startMs;
    this.nextAtMs = performance.now() + Math.max(intervalMs, tookMs / shareMax);
    const print = JSON.stringify(counts);
    if (print === this.print) return [];
    this.counts = counts;
    this.print = print;
    return this.current();
  }

  /** As it was counted last; nothing before the first time. */
  current(): Change[] {
    const { counts } = this;
    return this.print === '' ? [] : [changeOf(counts)];
  }

  stop(): void {
    this.print = '';
    this.nextAtMs = -Infinity;
  }
}

const changeOf = (counts: readonly QueueCount[]): Change =>
  change({ type: 'queue', key: 'queue', about: {} }, ({ wanted }) => queueBody(counts, wanted), {
    differs: ({ key }) => key,
  });
