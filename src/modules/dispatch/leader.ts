/**
 * The deciding half of dispatch, on whichever replica holds the lease: looks at the heads of the queue and the nodes,
 * places what can be placed, and says of the rest why it waits. Woken by submits, freed slots and changed nodes, and
 * each second in case a wake was lost. Two leaders at once waste work and harm nothing: the record refuses the second.
 */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { LeaderLease, Replica } from '../../platform/cluster/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { Notifications } from '../../platform/database/index.js';
import { faults } from '../../platform/faults/index.js';
import { PeriodicLoop } from '../../platform/lifecycle/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import {
  AttemptsStore,
  JobEvents,
  JobTraces,
  ordersChannel,
  type Placement,
  type QueueHead,
  QueueStore,
  schedulerChannel,
  WaitingReasons,
} from '../jobs/index.js';
import { NodesService } from '../nodes/index.js';
import { type CostTerms, place, type PlaceResult } from '../scheduling/index.js';
import { AgentsService } from './agents.service.js';
import { DispatchMetrics } from './dispatch.metrics.js';
import { Settler } from './settler.js';
import { ClusterView } from './cluster-view.js';
import { reasonsOf } from './waiting-sentences.js';

const windowPerClass = 16;

@Injectable()
export class Leader implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly loop: PeriodicLoop;
  private expiryDueMs = 0;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(LeaderLease) private readonly lease: LeaderLease,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(QueueStore) private readonly queue: QueueStore,
    @Inject(AttemptsStore) private readonly attempts: AttemptsStore,
    @Inject(ClusterView) private readonly view: ClusterView,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(AgentsService) private readonly agents: AgentsService,
    @Inject(Settler) private readonly settler: Settler,
    @Inject(WaitingReasons) private readonly waiting: WaitingReasons,
    @Inject(JobEvents) private readonly events: JobEvents,
    @Inject(JobTraces) private readonly traces: JobTraces,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(DispatchMetrics) private readonly metrics: DispatchMetrics,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
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
    await this.notifications.listen(schedulerChannel, wake);
    this.loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop.stop();
  }

  private async turn(): Promise<void> {
    const term = await this.lease.hold();
    if (term === undefined) return this.metrics.jobsWait([]);
    const beganMs = this.clock.monotonicMs();
    await this.lead(term);
    this.metrics.turnTook(this.clock.monotonicMs() - beganMs);
  }

  private async lead(term: number): Promise<void> {
    await this.queue.promoteDue();
    await this.expire();
    const heads = await this.queue.heads(windowPerClass);
    if (heads.length === 0) return this.tellWaiting([], heads);
    const snapshot = await this.view.snapshot(heads);
    const result = place(snapshot);
    this.tellWaiting(result.waiting, heads);
    if (result.placements.length > 0 && this.lease.trusted) await this.commit(result, heads, term);
  }

  private tellWaiting(waiting: PlaceResult['waiting'], heads: QueueHead[]): void {
    this.waiting.replace(reasonsOf(waiting, heads, this.view, this.nodes));
    this.metrics.jobsWait(waiting.map(({ reason }) => reason.kind));
  }

  private async commit({ placements }: PlaceResult, heads: QueueHead[], term: number): Promise<void> {
    const decidedFrom = new Date();
    const batch = placements.map((placement): Placement => ({
      jobId: placement.jobId,
      promptId: randomUUID(),
      nodeId: placement.nodeId,
      slot: 0,
      owner: this.replica.ownerOf(placement.nodeId),
      decision: { term, terms: placement.terms },
    }));
    faults.hit('attempt.intent.before_commit');
    const made = await this.placeAll(batch, term);
    faults.hit('attempt.intent.after_commit');
    this.traces.placed(made, decidedFrom);
    const terms = new Map(placements.map((placement) => [placement.jobId, placement.terms]));
    for (const placement of made)
      this.announce(
        placement,
        heads.find((head) => head.id === placement.jobId),
        terms.get(placement.jobId),
      );
    for (const owner of new Set(made.map((placement) => placement.owner)))
      if (owner === this.replica.id) this.agents.wake();
      else await this.notifications.notify(ordersChannel, owner);
    // The window may have been emptied into the nodes while more jobs and slots are left.
    if (made.length > 0) this.loop.wake();
  }

  /** One batch; when the record refuses it because something is taken, each placement for itself. */
  private async placeAll(batch: Placement[], term: number): Promise<Placement[]> {
    try {
      const made = new Set(await this.attempts.place(batch, term));
      return batch.filter((placement) => made.has(placement.promptId));
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      if (batch.length === 1) return [];
      const singles = [];
      for (const placement of batch) singles.push(...(await this.placeAll([placement], term)));
      return singles;
    }
  }

  private announce(
    { jobId, nodeId, promptId }: Placement,
    head: QueueHead | undefined,
    terms: CostTerms | undefined,
  ): void {
    this.nodes.find(nodeId)?.notePlaced();
    this.view.notePlaced(nodeId, head);
    if (head)
      this.metrics.placed({
        waitMs: head.ageMs,
        workflow: head.workflow,
        loadsModels: (terms?.switchingS ?? 0) > 0,
      });
    this.log.info({ job: jobId, node: nodeId, promptId, terms }, 'job placed');
    void this.events.publish({ type: 'state', jobId, state: 'active', started: false, nodeId });
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

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23505';
