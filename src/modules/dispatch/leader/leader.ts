/**
 * The deciding half of dispatch, on whichever replica holds the lease: feeds the scheduler and carries out what it decides.
 * Woken by submits, freed slots and changed nodes, and each second in case a wake was lost. Two leaders at once waste work and
 * harm nothing: the record refuses the second.
 */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../../platform/clock/index.js';
import { LeaderLease, Replica } from '../../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Notifications } from '../../../platform/database/index.js';
import { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../../platform/logging/index.js';
import { Site } from '../../../platform/site/index.js';
import {
  AttemptsStore,
  Forecasts,
  JobEvents,
  JobTraces,
  ordersChannel,
  QueueStore,
  SchedulerStore,
  schedulerChannel,
} from '../../jobs/index.js';
import { NodesService, PoolsStore } from '../../nodes/index.js';
import { TenantsService } from '../../access/index.js';
import { WorkflowCatalogue } from '../../workflows/index.js';
import { AgentsService } from '../agents/agents.service.js';
import { DispatchMetrics } from '../dispatch.metrics.js';
import { schedulingOptionsOf } from './options.js';
import { Session, type SessionDependencies } from './session.js';
import { Settler } from '../agents/settler.js';

/** Jobs that wait out a pause need no look at every turn. */
const promotionIntervalMs = 200;

@Injectable()
export class Leader implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: PeriodicLoop;
  private readonly deps: SessionDependencies;
  private session: Session | undefined;
  private expiryDueMs = 0;
  private promotionDueMs = 0;
  private cancelWake: () => void = () => undefined;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(LeaderLease) private readonly lease: LeaderLease,
    @Inject(Replica) replica: Replica,
    @Inject(QueueStore) private readonly queue: QueueStore,
    @Inject(SchedulerStore) store: SchedulerStore,
    @Inject(AttemptsStore) attempts: AttemptsStore,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(PoolsStore) pools: PoolsStore,
    @Inject(TenantsService) private readonly tenants: TenantsService,
    @Inject(WorkflowCatalogue) catalogue: WorkflowCatalogue,
    @Inject(AgentsService) agents: AgentsService,
    @Inject(Settler) private readonly settler: Settler,
    @Inject(Forecasts) private readonly forecasts: Forecasts,
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(JobTraces) private readonly traces: JobTraces,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(Site) private readonly site: Site,
    @Inject(DispatchMetrics) private readonly metrics: DispatchMetrics,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    // Wall time jumps; the scheduler's time must not.
    const offsetMs = clock.now().getTime() - clock.monotonicMs();
    this.deps = {
      attempts,
      queue,
      store,
      forecasts,
      nodes,
      pools,
      scaling: { pools: config.SCALING_POOLS, targetWaitS: config.SCALING_TARGET_WAIT_S },
      tenants,
      catalogue,
      agents,
      replica,
      events,
      traces,
      notifications,
      metrics,
      log,
      options: schedulingOptionsOf(config),
      nowMs: () => offsetMs + clock.monotonicMs(),
      trusted: () => lease.trusted,
      wake: (atMs) => this.wake(atMs),
    };
    this.loop = new PeriodicLoop({
      name: 'leader',
      intervalMs: config.DISPATCH_INTERVAL_MS,
      backoffMaxMs: 5000,
      clock,
      log,
      turn: async () => this.turn(),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const wake = (): void => this.loop.wake();
    this.settler.onSlotFreed(wake);
    this.nodes.onChange(wake);
    this.tenants.onChange(wake);
    this.events.subscribeAll((event) => this.session?.hear(event));
    await this.notifications.listen(schedulerChannel, wake);
    await this.site.whenOpen(() => this.loop.start());
  }

  async onModuleDestroy(): Promise<void> {
    this.cancelWake();
    await this.loop.stop();
    await this.session
      ?.save()
      .catch((error: unknown) =>
        this.log.warn({ err: error }, 'what the scheduler learned could not be kept'),
      );
    this.resign();
  }

  private async turn(): Promise<void> {
    const term = await this.lease.hold();
    if (term === undefined || term !== this.session?.term) this.resign();
    if (term === undefined) return;
    const beganMs = this.clock.monotonicMs();
    try {
      await this.lead(term);
    } catch (error) {
      // Half a turn: the next one begins with the record.
      this.resign();
      throw error;
    }
    this.metrics.turnTook(this.clock.monotonicMs() - beganMs);
  }

  private async lead(term: number): Promise<void> {
    await this.promote();
    await this.expire();
    this.session ??= await Session.open(this.deps, term);
    await this.session.turn();
  }

  private resign(): void {
    this.session = undefined;
    this.forecasts.resign();
    this.metrics.jobsWait([]);
  }

  private wake(atMs?: number): void {
    if (atMs === undefined) return this.loop.wake();
    this.cancelWake();
    this.cancelWake = this.clock.after(Math.max(0, atMs - this.deps.nowMs()), () => this.loop.wake());
  }

  private async promote(): Promise<void> {
    if (this.clock.monotonicMs() < this.promotionDueMs) return;
    this.promotionDueMs = this.clock.monotonicMs() + promotionIntervalMs;
    await this.queue.promoteDue();
  }

  private async expire(): Promise<void> {
    if (this.clock.monotonicMs() < this.expiryDueMs) return;
    this.expiryDueMs = this.clock.monotonicMs() + 1000;
    const { expired, owners } = await this.queue.expireOverdue();
    this.traces.left(expired);
    for (const jobId of expired)
      await this.events.publish({ type: 'state', jobId, state: 'expired', started: false, nodeId: null });
    for (const owner of owners) await this.notifications.notify(ordersChannel, owner);
  }
}
