/** Forgets what the web UI keeps for places that nobody uses any more. Every replica does it: what is gone is gone. */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { PeriodicLoop } from '../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { Site } from '../../platform/site/index.js';
import { UserDataStore } from './user-data.store.js';

/** A browser's cookie lives as long. */
const unusedDays = 400;
const intervalMs = 6 * 3_600_000;

@Injectable()
export class UserDataChore implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: PeriodicLoop;

  constructor(
    @Inject(UserDataStore) store: UserDataStore,
    @Inject(Site) site: Site,
    @Inject(Clock) clock: Clock,
    @Inject(LOGGER) log: Logger,
  ) {
    this.loop = new PeriodicLoop({
      name: 'unused user data',
      intervalMs,
      clock,
      log,
      turn: async () => void (site.isOpen && (await store.forgetUnused(unusedDays))),
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }
}
