/** Chores that bound what is kept. Each may run on every replica at once: what one has removed the other does not find. */
import { Inject, Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { Clock } from '../../platform/clock/index.js';
import { PrismaService } from '../../platform/database/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { Storage } from '../../platform/storage/index.js';
import { AssetsService } from '../assets/index.js';

const dayMs = 86_400_000;

@Injectable()
export class Housekeeping {
  constructor(
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(Storage) private readonly storage: Storage,
    @Inject(PrismaService) private readonly prisma: PrismaService,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Files that no upload and no job names, a day after they were last written; and halves of broken transfers. */
  @Cron(CronExpression.EVERY_HOUR)
  async removeOrphanFiles(): Promise<void> {
    await this.chore('orphan files', async () => {
      const olderThan = new Date(this.clock.now().getTime() - dayMs);
      const unfinished = await this.storage.removeUnfinished(olderThan);
      let removed = 0;
      for (let batch = -1; batch !== 0; removed += batch) batch = await this.assets.removeOrphans(olderThan);
      return removed + unfinished;
    });
  }

  @Cron(CronExpression.EVERY_HOUR)
  async forgetExpiredKeys(): Promise<void> {
    await this.chore(
      'idempotency keys',
      async () =>
        (await this.prisma.idempotency.deleteMany({ where: { expiresAt: { lt: this.clock.now() } } })).count,
    );
  }

  @Cron(CronExpression.EVERY_DAY_AT_3AM)
  async forgetInventories(): Promise<void> {
    await this.chore('inventories', async () => {
      const olderThan = new Date(this.clock.now().getTime() - dayMs);
      return (
        await this.prisma.inventory.deleteMany({
          where: { nodes: { none: {} }, createdAt: { lt: olderThan } },
        })
      ).count;
    });
  }

  private async chore(what: string, work: () => Promise<number>): Promise<void> {
    try {
      const removed = await work();
      if (removed > 0) this.log.info({ what, removed }, 'removed what nothing refers to any more');
    } catch (error) {
      this.log.warn({ err: error, what }, 'a chore failed; it runs again at its next time');
    }
  }
}
