/** Chores that bound what is kept. Each may run on every replica at once: what one has removed the other does not find. */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { Clock } from '../../platform/clock/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { PrismaService } from '../../platform/database/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { Site } from '../../platform/site/index.js';
import { Storage } from '../../platform/storage/index.js';
import { AssetsService } from '../assets/index.js';
import { JobClasses } from '../jobs/index.js';
import { runChore } from './chore.js';

const dayMs = 86_400_000;
const oneAtATime = { waitForCompletion: true };

@Injectable()
export class Housekeeping implements OnModuleDestroy {
  private isStopping = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(JobClasses) private readonly classes: JobClasses,
    @Inject(Storage) private readonly storage: Storage,
    @Inject(PrismaService) private readonly prisma: PrismaService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Site) private readonly site: Pick<Site, 'isOpen'>,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onModuleDestroy(): void {
    this.isStopping = true;
  }

  /** Files that no upload and no job names, a day after they were last written. */
  @Cron(CronExpression.EVERY_HOUR, oneAtATime)
  async removeOrphanFiles(): Promise<void> {
    await this.chore('remove files that nothing names', () => this.assets.removeOrphans(this.aDayAgo()));
  }

  /** What a crash between storage and database left. */
  @Cron(CronExpression.EVERY_DAY_AT_2AM, oneAtATime)
  async removeStrayFiles(): Promise<void> {
    await this.chore('remove files that the database does not know', () =>
      this.assets.removeStrays(this.aDayAgo()),
    );
  }

  @Cron(CronExpression.EVERY_HOUR, oneAtATime)
  async removeUnfinishedFiles(): Promise<void> {
    await this.once('remove halves of broken transfers', async () =>
      this.storage.removeUnfinished(this.aDayAgo()),
    );
  }

  @Cron(CronExpression.EVERY_HOUR, oneAtATime)
  async forgetExpiredKeys(): Promise<void> {
    await this.once('forget idempotency keys that ran out', async () =>
      countOf(this.prisma.idempotency.deleteMany({ where: { expiresAt: { lt: this.clock.now() } } })),
    );
  }

  @Cron(CronExpression.EVERY_DAY_AT_3AM, oneAtATime)
  async forgetInventories(): Promise<void> {
    await this.once('forget inventories that no node has', async () =>
      countOf(
        this.prisma.inventory.deleteMany({
          where: { nodes: { none: {} }, createdAt: { lt: this.aDayAgo() } },
        }),
      ),
    );
  }

  @Cron(CronExpression.EVERY_DAY_AT_3AM, oneAtATime)
  async forgetClasses(): Promise<void> {
    await this.chore('forget kinds of jobs that nobody asks for', () => this.classes.forget());
  }

  @Cron(CronExpression.EVERY_DAY_AT_4AM, oneAtATime)
  async forgetUploads(): Promise<void> {
    await this.chore('forget uploads', () => this.assets.forgetUploads(this.config.UPLOAD_RETENTION_DAYS));
  }

  private aDayAgo(): Date {
    return new Date(this.clock.now().getTime() - dayMs);
  }

  private async once(what: string, work: () => Promise<number>): Promise<void> {
    await this.chore(what, async function* () {
      yield await work();
    });
  }

  private async chore(what: string, batches: () => AsyncIterable<number>): Promise<void> {
    if (!this.site.isOpen) return;
    await runChore({ what, batches, isStopping: () => this.isStopping, log: this.log });
  }
}

const countOf = async (deleting: Promise<{ count: number }>): Promise<number> => (await deleting).count;
