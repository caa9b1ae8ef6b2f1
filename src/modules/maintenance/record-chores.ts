/** Chores that bound the rows which are kept. Each may run on every replica at once: what one has removed the other does not find. */
import { Inject, Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { Clock } from '../../platform/clock/index.js';
import { AuditStore } from '../access/index.js';
import { IdempotencyKeys, JobClasses } from '../jobs/index.js';
import { NodesStore } from '../nodes/index.js';
import { Chores } from './chores.js';

const dayMs = 86_400_000;
const oneAtATime = { waitForCompletion: true };

@Injectable()
export class RecordChores {
  constructor(
    @Inject(IdempotencyKeys) private readonly keys: IdempotencyKeys,
    @Inject(JobClasses) private readonly classes: JobClasses,
    @Inject(NodesStore) private readonly nodes: NodesStore,
    @Inject(AuditStore) private readonly audit: AuditStore,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Chores) private readonly chores: Chores,
  ) {}

  @Cron(CronExpression.EVERY_HOUR, oneAtATime)
  async forgetExpiredKeys(): Promise<void> {
    await this.chores.once('forget idempotency keys that ran out', async () =>
      this.keys.forgetExpired(this.clock.now()),
    );
  }

  @Cron(CronExpression.EVERY_DAY_AT_3AM, oneAtATime)
  async forgetAudit(): Promise<void> {
    const days = this.config.AUDIT_RETENTION_DAYS;
    if (days === 0) return;
    const before = new Date(this.clock.now().getTime() - days * dayMs);
    await this.chores.run('forget old lines of the audit', () => this.audit.forget(before));
  }

  @Cron(CronExpression.EVERY_DAY_AT_3AM, oneAtATime)
  async forgetInventories(): Promise<void> {
    const aDayAgo = new Date(this.clock.now().getTime() - dayMs);
    await this.chores.once('forget inventories that no node has', async () =>
      this.nodes.forgetInventories(aDayAgo),
    );
  }

  @Cron(CronExpression.EVERY_DAY_AT_3AM, oneAtATime)
  async forgetClasses(): Promise<void> {
    await this.chores.run('forget kinds of jobs that nobody asks for', () => this.classes.forget());
  }
}
