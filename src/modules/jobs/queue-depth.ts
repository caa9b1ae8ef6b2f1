import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { PeriodicLoop } from '../../platform/lifecycle/index.js';
import { JobsStore } from './jobs.store.js';

/**
 * How many jobs wait, near enough to bound the queue without counting it at every submit: counted each few seconds,
 * and raised by this replica's own submits in between.
 */
@Injectable()
export class QueueDepth implements OnModuleInit, OnModuleDestroy {
  private waiting = 0;
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(JobsStore) private readonly store: JobsStore,
    @Inject(LOGGER) log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'queue-depth',
      intervalMs: 5000,
      log,
      turn: async () => this.recount(),
    });
  }

  onModuleInit(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  atLeast(limit: number): boolean {
    return this.waiting >= limit;
  }

  increment(): void {
    this.waiting += 1;
  }

  private async recount(): Promise<void> {
    this.waiting = await this.store.countWaiting();
  }
}
