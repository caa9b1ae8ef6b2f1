/** Chores that bound the files which are kept. Each may run on every replica at once: what one has removed the other does not find. */
import { Inject, Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { Clock } from '../../platform/clock/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { Storage } from '../../platform/storage/index.js';
import { AssetRecords, AssetsService, TenantFiles } from '../assets/index.js';
import { Chores } from './chores.js';

const dayMs = 86_400_000;
const oneAtATime = { waitForCompletion: true };

@Injectable()
export class FileChores {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(AssetRecords) private readonly records: AssetRecords,
    @Inject(TenantFiles) private readonly tenantFiles: TenantFiles,
    @Inject(Storage) private readonly storage: Storage,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Chores) private readonly chores: Chores,
  ) {}

  /** Files that no upload and no job names, a day after they were last written; before, what they were to their tenants. */
  @Cron(CronExpression.EVERY_HOUR, oneAtATime)
  async removeOrphanFiles(): Promise<void> {
    await this.chores.run('free what tenants do not keep any more', () =>
      this.tenantFiles.freeUnnamed(this.aDayAgo()),
    );
    await this.chores.run('remove files that nothing names', () => this.assets.removeOrphans(this.aDayAgo()));
  }

  /** Names of uploads whose time is over; their bytes go with the next orphans, unless a job needs them. */
  @Cron(CronExpression.EVERY_HOUR, oneAtATime)
  async forgetExpiredAssets(): Promise<void> {
    await this.chores.run('forget assets that have expired', () => this.records.forgetExpired());
  }

  /** What a crash between storage and database left. */
  @Cron(CronExpression.EVERY_DAY_AT_2AM, oneAtATime)
  async removeStrayFiles(): Promise<void> {
    await this.chores.run('remove files that the database does not know', () =>
      this.assets.removeStrays(this.aDayAgo()),
    );
  }

  @Cron(CronExpression.EVERY_HOUR, oneAtATime)
  async removeUnfinishedFiles(): Promise<void> {
    await this.chores.once('remove halves of broken transfers', async () =>
      this.storage.removeUnfinished(this.aDayAgo()),
    );
  }

  @Cron(CronExpression.EVERY_DAY_AT_4AM, oneAtATime)
  async forgetUploads(): Promise<void> {
    await this.chores.run('forget uploads', () =>
      this.assets.forgetUploads(this.config.UPLOAD_RETENTION_DAYS),
    );
  }

  private aDayAgo(): Date {
    return new Date(this.clock.now().getTime() - dayMs);
  }
}
