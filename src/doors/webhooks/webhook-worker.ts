/**
 * Takes the webhooks that the database enqueued as things happened to jobs, on every replica, by graphile-worker on the same database:
 * each is delivered at least once, tried again after growing pauses, and kept while it is. A replica that dies in the middle of a
 * delivery leaves a lock behind, which another breaks after a multiple of the longest delivery.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { Logger as WorkerLogger, run, type Runner } from 'graphile-worker';
import { Pool } from 'pg';
import { z } from 'zod';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { createPool } from '../../platform/database/index.js';
import { PeriodicLoop } from '../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { Site } from '../../platform/site/index.js';
import { DeliveriesStore } from '../../modules/deliveries/index.js';
import { WebhookSender } from './webhook-sender.js';

const deliveriesAtOnce = 8;
const pollIntervalMs = 5000;
const unlockIntervalMs = 5000;
/** One hears notifications. */
const connections = 2;

const taskSchema = z.object({ deliveryId: z.uuid() });
/** As versions before the table of deliveries enqueued it. */
const oldTaskSchema = z.object({
  eventId: z.string(),
  jobId: z.string(),
  url: z.string(),
  baseUrl: z.string(),
  secret: z.string().nullable(),
});

@Injectable()
export class WebhookWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private runner: Runner | undefined;
  private ownPool: Pool | undefined;
  private readonly unlocking: PeriodicLoop;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Pool) private readonly pool: Pool,
    @Inject(WebhookSender) private readonly sender: WebhookSender,
    @Inject(DeliveriesStore) private readonly deliveries: DeliveriesStore,
    @Inject(Site) private readonly site: Site,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    this.unlocking = new PeriodicLoop({
      name: 'webhook locks',
      intervalMs: unlockIntervalMs,
      log,
      turn: async () => this.breakLocks(),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.site.whenOpen(async () => this.begin());
  }

  private async begin(): Promise<void> {
    const { connectionString: url = '' } = this.pool.options;
    this.ownPool = createPool({
      url,
      poolSize: connections,
      log: this.log,
      applicationName: 'comfymux-webhooks',
    });
    this.runner = await run({
      pgPool: this.ownPool,
      concurrency: deliveriesAtOnce,
      pollInterval: pollIntervalMs,
      noHandleSignals: true,
      parsedCronItems: [],
      logger: new WorkerLogger(
        () => (_level, message) => this.log.debug({ worker: message }, 'webhook worker'),
      ),
      taskList: {
        delivery: async (payload, { job }) =>
          this.sender.deliver(taskSchema.parse(payload).deliveryId, {
            isLast: job.attempts >= job.max_attempts,
          }),
        webhook: async (payload) => this.deliveries.adopt(oldTaskSchema.parse(payload)),
      },
    });
    this.runner.promise.catch((error: unknown) =>
      this.log.error({ err: error }, 'the webhook worker ended; another replica, or the next start, goes on'),
    );
    this.unlocking.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.unlocking.stop();
    await this.runner?.stop();
    await this.ownPool?.end();
  }

  @Cron(CronExpression.EVERY_HOUR)
  async forgetOld(): Promise<void> {
    if (!this.site.isOpen) return;
    try {
      await this.deliveries.closeLost();
      await this.deliveries.forgetOld();
    } catch (error) {
      this.log.warn({ err: error }, 'old deliveries could not be forgotten');
    }
  }

  private async breakLocks(): Promise<void> {
    await this.pool.query(
      `SELECT graphile_worker.force_unlock_workers(array_agg(DISTINCT locked_by)) FROM (
         SELECT locked_by FROM graphile_worker._private_jobs WHERE locked_at < now() - $1 * interval '1 millisecond'
         UNION SELECT locked_by FROM graphile_worker._private_job_queues WHERE locked_at < now() - $1 * interval '1 millisecond') stale
       HAVING count(*) > 0`,
      [this.config.WEBHOOK_TIMEOUT_MS * 2 + 5000],
    );
  }
}
