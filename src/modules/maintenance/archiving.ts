/** Moves ended jobs to the archive and forgets its oldest days. On several replicas at once they share the work. */
import { Inject, Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { Counter, Registry } from 'prom-client';
import { Clock } from '../../platform/clock/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { ArchiveStore, BatchesStore, daysFrom, isPastRetention, SharedWork } from '../jobs/index.js';
import { Chores } from './chores.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A job may wait so long, and be shared for a day more. */
const sharedDays = 30;
/** Partitions are made before they are needed, so that no move has to wait for a lock. */
const daysAhead = 3;

@Injectable()
export class Archiving {
  private readonly archived: Counter;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(ArchiveStore) private readonly store: ArchiveStore,
    @Inject(BatchesStore) private readonly batches: BatchesStore,
    @Inject(SharedWork) private readonly work: SharedWork,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Chores) private readonly chores: Chores,
    @Inject(Registry) registry: Registry,
  ) {
    this.archived = new Counter({
      name: 'comfymux_archive_jobs_total',
      help: 'Ended jobs that this replica moved to the archive.',
      registers: [registry],
    });
  }

  @Cron(CronExpression.EVERY_10_MINUTES, { waitForCompletion: true })
  async archive(): Promise<void> {
    const moved = await this.chores.run('move ended jobs to the archive', () => this.move());
    this.archived.inc(moved);
    await this.chores.run('drop days of the archive', () => this.dropPast());
    const aMonthAgo = new Date(this.clock.now().getTime() - sharedDays * dayMs);
    await this.chores.once('forget work that nobody shares', async () => this.work.forget(aMonthAgo));
    const { RETENTION_DAYS: days } = this.config;
    if (days > 0)
      await this.chores.run('forget batches whose jobs are forgotten', () =>
        this.batches.forget(new Date(this.clock.now().getTime() - days * dayMs)),
      );
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
}
