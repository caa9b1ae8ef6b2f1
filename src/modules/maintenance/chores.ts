/** How a chore is done: in batches, on every replica at once, never on a restored database that nobody has adopted yet. */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { Site } from '../../platform/site/index.js';

@Injectable()
export class Chores implements OnModuleDestroy {
  private isStopping = false;

  constructor(
    @Inject(Site) private readonly site: Pick<Site, 'isOpen'>,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onModuleDestroy(): void {
    this.isStopping = true;
  }

  /** Never rejects: what failed is done again at its next time. Resolves to how much was done. */
  async run(what: string, batches: () => AsyncIterable<number>): Promise<number> {
    if (!this.site.isOpen) return 0;
    let done = 0;
    try {
      for await (const batch of batches()) {
        done += batch;
        if (this.isStopping) break;
      }
    } catch (error) {
      if (!this.isStopping)
        this.log.warn({ err: error, what }, 'a chore failed; it runs again at its next time');
    }
    if (done > 0) this.log.info({ what, done }, 'a chore was done');
    return done;
  }

  /** A chore of one batch. */
  async once(what: string, work: () => Promise<number>): Promise<number> {
    return this.run(what, async function* () {
      yield await work();
    });
  }
}
