/**
 * Many jobs as one: taken in or refused together, counted, cancelled, read. What `submit` has answered exists; a replica that dies before
 * the commit leaves nothing, one that dies behind it leaves a batch that the same key finds.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';
import { v7 as uuidv7, validate as isUuid } from 'uuid';
import { faults } from '../../../platform/crash-points/index.js';
import { Notifications, transaction } from '../../../platform/database/index.js';
import { Fault } from '../../../platform/fault.js';
import { currentPrincipal, type Kind } from '../../access/index.js';
import { schedulerChannel } from '../channels.js';
import { JobDrafts, type Prepared } from '../intake/job-drafts.js';
import { SubmitQuotas } from '../intake/limits/submit-quotas.js';
import { QueueBounds } from '../intake/limits/queue-bounds.js';
import type { IdempotencyKey, NewJob, NewWebhook } from '../record/submit/new-job.js';
import { type Inserted, type SubmitQuota, SubmitStore } from '../record/submit/submit.store.js';
import { type Batch, type BatchCounts, BatchesStore, type BatchFilter } from './batches.store.js';

export const batchJobsMax = 500;
/** What the jobs hold together, in characters, once each has its own copy of what a sweep shares. */
export const batchLengthMax = 64 * 1024 * 1024;

/** Of the kinds of its jobs some are unknown to the record: they are made again once. */
const triesMax = 3;

export interface BatchOrder {
  tenantId: string;
  idempotency: IdempotencyKey | undefined;
  /** All of this tenant, without keys and ids of their own. */
  jobs: readonly Prepared[];
  /** Told once, when all of them have ended. */
  webhook?: NewWebhook | undefined;
}

type Written = 'written' | 'key-taken' | 'classless';

@Injectable()
export class Batches {
  constructor(
    @Inject(Pool) private readonly pool: Pool,
    @Inject(BatchesStore) private readonly store: BatchesStore,
    @Inject(SubmitStore) private readonly jobs: SubmitStore,
    @Inject(JobDrafts) private readonly drafts: JobDrafts,
    @Inject(QueueBounds) private readonly bounds: QueueBounds,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(SubmitQuotas) private readonly quotas: SubmitQuotas,
  ) {}

  /** One transaction. Faults: queue_full, quota_exceeded, conflict (idempotency key), unprocessable (a kind in quarantine). */
  async submit(order: BatchOrder): Promise<Batch> {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const jobs: NewJob[] = [];
      for (const prepared of order.jobs) jobs.push(await this.drafts.draw(prepared));
      const batch = batchOf(order, jobs);
      const written = await this.write(batch, order, jobs);
      if (written === 'written') {
        faults.hit('job.submit.after_commit');
        this.notifications.notifyCoalesced(schedulerChannel);
        return batch;
      }
      if (written === 'classless') for (const job of jobs) this.drafts.kindForgotten(job);
      const before = await this.submittedBefore(order);
      if (before) return before;
    }
    throw new Fault('overloaded', 'the batch could not be taken; try again', undefined, {
      retryAfterSeconds: 1,
    });
  }

  /** The batch that this request made when it came before. Fault conflict: the key came with another body. */
  async submittedBefore({
    tenantId,
    idempotency,
  }: Pick<BatchOrder, 'tenantId' | 'idempotency'>): Promise<Batch | null> {
    if (!idempotency) return null;
    const found = await this.store.findByKey(tenantId, idempotency.key);
    if (found && found.requestHash !== idempotency.requestHash)
      throw new Fault('conflict', 'this idempotency key was used for a batch with another body', {
        batchId: found.id,
      });
    return found;
  }

  /** Null too for what the running request must not know of, or not in this way. */
  async find(id: string, as: Kind): Promise<Batch | null> {
    return isUuid(id) ? this.store.find(id, as) : null;
  }

  /** Newest first, those that the running request may be told of, each with its counts. */
  async list(filter: BatchFilter): Promise<{ batch: Batch; counts: BatchCounts }[]> {
    const batches = await this.store.list(filter);
    const counts = await this.store.counts(batches.map(({ id }) => id));
    return batches.map((batch) => ({ batch, counts: counts.get(batch.id) ?? {} }));
  }

  async counts({ id }: Batch): Promise<BatchCounts> {
    return (await this.store.counts([id])).get(id) ?? {};
  }

  private async write(batch: Batch, order: BatchOrder, jobs: readonly NewJob[]): Promise<Written> {
    const { tenantId } = batch;
    const row = {
      ...batch,
      principalId: currentPrincipal()?.id ?? null,
      idempotency: order.idempotency ?? null,
      webhook: order.webhook ?? null,
    };
    faults.hit('job.submit.before_commit');
    return this.bounds.withMany(tenantId, jobs.length, async () =>
      transaction(this.pool, async (client) => {
        if (!(await this.store.insert(client, row))) return 'key-taken';
        await this.bounds.requireRoom(tenantId, jobs.length, client);
        requireMade(await this.jobs.insertTogether(jobs, client), (quota) =>
          this.quotas.exceeded(tenantId, quota),
        );
        return 'written';
      }).catch((error: unknown) => {
        if (error instanceof Classless) return 'classless';
        throw error;
      }),
    );
  }
}

/** Rolls the transaction back. */
class Classless extends Error {}

function requireMade(inserted: readonly Inserted[], exceeded: (quota: SubmitQuota) => Fault): void {
  for (const one of inserted) {
    if (typeof one === 'object' && 'ticket' in one) continue;
    if (one === 'classless') throw new Classless();
    // There would be room for this one alone, but not behind the others.
    if (one === 'again') throw exceeded('gpu_seconds_per_day');
    if (typeof one === 'object' && 'exhausted' in one) throw exceeded(one.exhausted);
    if (typeof one === 'object')
      throw new Fault('unprocessable', `jobs of this kind are quarantined: ${one.quarantined}`);
    throw new Fault('conflict', 'a job of the batch is there already');
  }
}

const batchOf = ({ tenantId }: BatchOrder, jobs: readonly NewJob[]): Batch => ({
  id: uuidv7(),
  tenantId,
  workflows: [...new Set(jobs.map(({ workflow }) => workflow))],
  jobIds: jobs.map(({ id }) => id),
  createdAt: new Date(),
});
