/**
 * Takes what the database enqueued as things happened to jobs, on every replica, by graphile-worker on the same database: webhooks, and
 * results that are brought to their places. Each is sent at least once, tried again after growing pauses, and kept while it is. A
 * replica that dies in the middle leaves a lock behind, which another breaks after a multiple of the longest delivery. Files have a
 * runner of their own: they take long, and no news waits for them.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import type { JobHelpers, TaskList } from 'graphile-worker';
import { Pool } from 'pg';
import { z } from 'zod';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { PeriodicLoop } from '../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { Site } from '../../platform/site/index.js';
import { DeliveriesStore, FileSender } from '../../modules/deliveries/index.js';
import { TaskRunner } from './task-runner.js';
import { WebhookSender } from './webhook-sender.js';

const webhooksAtOnce = 8;
const filesAtOnce = 4;
const unlockIntervalMs = 5000;

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
  private readonly runners: TaskRunner[] = [];
  private readonly unlocking: PeriodicLoop;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Pool) private readonly pool: Pool,
    @Inject(WebhookSender) private readonly webhooks: WebhookSender,
    @Inject(FileSender) private readonly files: FileSender,
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
    await this.run('webhooks', webhooksAtOnce, {
      delivery: sending(this.webhooks),
      webhook: async (payload) => this.deliveries.adopt(oldTaskSchema.parse(payload)),
    });
    await this.run('files', filesAtOnce, { file: sending(this.files) });
    this.unlocking.start();
  }

  private async run(name: string, atOnce: number, taskList: TaskList): Promise<void> {
    const { connectionString: url = '' } = this.pool.options;
    this.runners.push(await TaskRunner.start({ url, name, atOnce, taskList, log: this.log }));
  }

  async onModuleDestroy(): Promise<void> {
    await this.unlocking.stop();
    await Promise.all(this.runners.map(async (runner) => runner.stop()));
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
         SELECT j.locked_by FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id
         WHERE j.locked_at < now() - CASE t.identifier WHEN 'file' THEN $2::int ELSE $1::int END * interval '1 millisecond'
         UNION SELECT locked_by FROM graphile_worker._private_job_queues
         WHERE locked_at < now() - CASE WHEN queue_name LIKE 'file %' THEN $2::int ELSE $1::int END * interval '1 millisecond') stale
       HAVING count(*) > 0`,
      [this.config.WEBHOOK_TIMEOUT_MS * 2 + 5000, this.config.DELIVER_TIMEOUT_MS * 2 + 5000],
    );
  }
}

interface Sender {
  deliver(id: string, tries: { isLast: boolean }): Promise<void>;
}

const sending =
  (sender: Sender) =>
  async (payload: unknown, { job }: JobHelpers): Promise<void> =>
    sender.deliver(taskSchema.parse(payload).deliveryId, { isLast: job.attempts >= job.max_attempts });
