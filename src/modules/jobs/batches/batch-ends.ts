/**
 * Finds out that a batch has ended which has somebody to tell. Jobs end by several statements, and none of them pays for batches: every
 * replica looks now and then, and what one has noted the others do not find.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { Loops } from '../../../platform/site/index.js';
import { BatchesStore } from './batches.store.js';

const lookIntervalMs = 2_000;

@Injectable()
export class BatchEnds implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(BatchesStore) private readonly store: BatchesStore,
    @Inject(Loops) private readonly loops: Loops,
  ) {
    this.loop = loops.make({
      name: 'ends of batches',
      intervalMs: lookIntervalMs,
      turn: async () => void (await this.store.noteEnds()),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.loops.startWithSite(this.loop);
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }
}
