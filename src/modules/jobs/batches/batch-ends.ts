/**
 * Finds out that a batch has ended which has somebody to tell. Jobs end by several statements, and none of them pays for batches: every
 * replica looks now and then, and what one has noted the others do not find.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { Site } from '../../../platform/site/index.js';
import { BatchesStore } from './batches.store.js';

const lookIntervalMs = 2_000;

@Injectable()
export class BatchEnds implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(BatchesStore) private readonly store: BatchesStore,
    @Inject(Site) private readonly site: Pick<Site, 'whenOpen'>,
    @Inject(LOGGER) log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'ends of batches',
      intervalMs: lookIntervalMs,
      log,
      turn: async () => void (await this.store.noteEnds()),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.site.whenOpen(async () => this.loop.start());
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }
}
