/** Moves ended jobs to the archive and forgets its oldest days. On several replicas at once they share the work. */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { Counter, Registry } from 'prom-client';
import { Clock } from '../../platform/clock/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { Site } from '../../platform/site/index.js';
import { ArchiveStore, daysFrom, isPastRetention } from '../jobs/index.js';
import { runChore } from './chore.js';

const hourMs = 3_600_000;
/** Partitions are made before they are needed, so that no move has to wait for a lock. */
const daysAhead = 3;

@Injectable()
export class Archiving implements OnModuleDestroy {
  private isStopping = false;
  private readonly archived: Counter;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(ArchiveStore) private readonly store: ArchiveStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Site) private readonly site: Pick<Site, 'isOpen'>,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(Registry) registry: Registry,
  ) {
    this.archived = new Counter({
      name: 'comfymux_archive_jobs_total',
      help: 'Ended jobs that this replica moved to the archive.',
      registers: [registry],
    });
  }

  onModuleDestroy(): void {
    this.isStopping = true;
  }

  @Cron(CronExpression.EVERY_10_MINUTES, { waitForCompletion: true })
  async archive(): Promise<void> {
    const moved = await this.chore('move ended jobs to the archive', () => this.move());
    this.archived.inc(moved);
    await this.chore('drop days of the archive', () => this.dropPast());
  }

  private async *move(): AsyncGenerator<number> {
    await this.store.prepare(daysFrom(this.clock.now(), daysAhead));
    yield* this.store.move(this.config.ARCHIVE_AFTER_HOURS * hourMs);
  }

  private async *dropPast(): AsyncGenerator<number> {
    for (const day of await this.store.days()) {
      if (!isPastRetention(day, this.clock.now(), this.config.RETENTION_DAYS)) continue;
      await this.store.drop(day);
      yield 1;
    }
  }

  private async chore(what: string, batches: () => AsyncIterable<number>): Promise<number> {
    if (!this.site.isOpen) return 0;
    return runChore({ what, batches, isStopping: () => this.isStopping, log: this.log });
  }
}
