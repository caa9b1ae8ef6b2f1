import { Inject, Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { Clock } from '../../../../platform/clock/index.js';
import { Replica } from '../../../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../../../platform/config/index.js';
import { Fault } from '../../../../platform/fault.js';
import { QuotaRefusals } from '../../../../platform/metrics/index.js';
import { TenantsService } from '../../../access/index.js';
import { SubmitStore } from '../../record/submit/submit.store.js';
import { QueueBound } from './queue-bound.js';

const wholeQueueFreshMs = 5000;
const tenantFreshMs = 1000;

/** How long the whole queue and each tenant's part of it may be. */
@Injectable()
export class QueueBounds {
  private readonly whole: QueueBound;
  private readonly tenants = new Map<string, QueueBound>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(SubmitStore) private readonly store: SubmitStore,
    @Inject(TenantsService) private readonly settings: TenantsService,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(QuotaRefusals) private readonly refusals: QuotaRefusals,
  ) {
    this.whole = this.boundOf(null, wholeQueueFreshMs);
  }

  /** Runs `submit` when there is room for one more job. Fault queue_full. */
  async within<T>(tenantId: string, submit: () => Promise<T>): Promise<T> {
    const maxQueued = this.settings.find(tenantId)?.maxQueued ?? null;
    return this.inside(
      this.whole,
      this.config.MAX_QUEUED_JOBS,
      'the queue is full; try again later',
      async () =>
        maxQueued === null
          ? submit()
          : this.inside(
              this.tenantBound(tenantId),
              maxQueued,
              `tenant "${tenantId}" has ${maxQueued} jobs waiting, as many as it may; try again later`,
              submit,
            ),
    );
  }

  /**
   * Runs `write` for jobs that are written together: it counts with `requireRoom` in its own transaction, one batch after another on all
   * replicas, because a batch may be larger than the share that a replica admits on one count.
   */
  async withMany<T>(tenantId: string, jobs: number, write: () => Promise<T>): Promise<T> {
    const bounds = [this.whole, this.tenantBound(tenantId)];
    for (const bound of bounds) bound.enter(jobs);
    try {
      return await write();
    } finally {
      for (const bound of bounds) bound.leave(jobs);
    }
  }

  /** Until the transaction ends nobody else counts for a batch. Fault queue_full. */
  async requireRoom(tenantId: string, jobs: number, client: PoolClient): Promise<void> {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('comfymux batches'))`);
    const limits: [string | null, number | null][] = [
      [null, this.config.MAX_QUEUED_JOBS],
      [tenantId, this.settings.find(tenantId)?.maxQueued ?? null],
    ];
    for (const [counted, limit] of limits)
      if (limit !== null && (await this.store.countWaiting(counted, limit, client)) + jobs > limit)
        throw this.full(
          counted !== null,
          `there is no room for ${jobs} jobs more${counted === null ? '' : ` of tenant "${counted}"`}; try again later`,
        );
  }

  private async inside<T>(
    bound: QueueBound,
    limit: number,
    refusal: string,
    work: () => Promise<T>,
  ): Promise<T> {
    if (!(await bound.admit(limit))) throw this.full(bound !== this.whole, refusal);
    try {
      return await work();
    } finally {
      bound.leave();
    }
  }

  /** The whole queue is no quota of anybody. */
  private full(isQuota: boolean, refusal: string): Fault {
    if (isQuota) this.refusals.count('waiting_jobs');
    return new Fault('queue_full', refusal, undefined, { retryAfterSeconds: 30 });
  }

  private tenantBound(tenantId: string): QueueBound {
    const known = this.tenants.get(tenantId) ?? this.boundOf(tenantId, tenantFreshMs);
    this.tenants.set(tenantId, known);
    return known;
  }

  private boundOf(tenantId: string | null, freshMs: number): QueueBound {
    return new QueueBound({
      count: async (limit) => this.store.countWaiting(tenantId, limit),
      replicas: () => this.replica.liveIds.length,
      nowMs: () => this.clock.monotonicMs(),
      freshMs,
    });
  }
}
