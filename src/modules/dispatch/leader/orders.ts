/**
 * Carries out what the scheduler decided. What could not be done comes back as events. A batch of placements is one statement;
 * a job that is no longer queued is left out of it, and a node whose place is taken after all means that the record knows
 * attempts that this leader does not: then it has to begin anew.
 */
import { randomUUID } from 'node:crypto';
import type { Replica } from '../../../platform/cluster/index.js';
import type { Notifications } from '../../../platform/database/index.js';
import { faults } from '../../../platform/crash-points/index.js';
import type { Logger } from '../../../platform/logging/index.js';
import {
  type AttemptsStore,
  type JobEvents,
  type JobTraces,
  ordersChannel,
  type Placement,
} from '../../jobs/index.js';
import type { NodesService } from '../../nodes/index.js';
import type { Decision, PlaceDecision, SchedulingEvent } from '../../scheduling/index.js';
import type { AgentsService } from '../agents/agents.service.js';
import type { DispatchMetrics } from '../dispatch.metrics.js';
import type { AttemptFeed } from './attempt-feed.js';
import type { InputPlaces } from './input-places.js';
import type { QueueFeed } from './queue-feed.js';

export interface OrderDependencies {
  attempts: AttemptsStore;
  replica: Replica;
  nodes: NodesService;
  agents: AgentsService;
  events: JobEvents;
  traces: JobTraces;
  notifications: Notifications;
  metrics: DispatchMetrics;
  log: Logger;
}

/** The record knows more than this leader. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

type WithdrawDecision = Extract<Decision, { kind: 'withdraw' }>;

export class Orders {
  private readonly owners = new Set<string>();

  constructor(
    private readonly deps: OrderDependencies,
    private readonly attempts: AttemptFeed,
    private readonly queue: QueueFeed,
    private readonly inputPlaces: InputPlaces,
    private readonly term: number,
  ) {}

  /** Returns what the scheduler must hear of it. Throws Overtaken. */
  async carryOut(decisions: readonly Decision[], nowMs: number): Promise<SchedulingEvent[]> {
    const placements = decisions.filter((decision) => decision.kind === 'place');
    const events = placements.length > 0 ? await this.place(placements, nowMs) : [];
    for (const decision of decisions) {
      if (decision.kind === 'withdraw') await this.withdraw(decision);
      if (decision.kind === 'load-heads')
        events.push(await this.queue.load(Number(decision.classId), decision.excludeTenantIds, nowMs));
    }
    await this.tellOwners();
    return events;
  }

  private async place(decisions: readonly PlaceDecision[], nowMs: number): Promise<SchedulingEvent[]> {
    const decidedFrom = new Date();
    const batch = decisions.map((decision) => this.placementOf(decision));
    faults.hit('attempt.intent.before_commit');
    const made = new Set(await this.commit(batch));
    faults.hit('attempt.intent.after_commit');
    const kept = batch.filter(({ promptId }) => made.has(promptId));
    this.deps.traces.placed(kept, decidedFrom);
    return batch.flatMap((placement, at): SchedulingEvent[] => {
      const decision = decisions[at]!;
      if (made.has(placement.promptId)) {
        this.announce(placement, decision, nowMs);
        return [];
      }
      this.attempts.forget(placement.promptId);
      const { nodeId, jobId } = decision;
      return [{ kind: 'attempt-closed', nowMs, nodeId, jobId, outcome: 'not_opened' }];
    });
  }

  private placementOf(decision: PlaceDecision): Placement {
    const { kind: _kind, jobId, classId: _classId, tenantId: _tenantId, nodeId, ...why } = decision;
    const placement = {
      jobId,
      nodeId,
      promptId: randomUUID(),
      slot: this.attempts.freeSlotOn(nodeId),
      owner: this.deps.replica.ownerOf(nodeId),
      decision: { term: this.term, nodeVersion: this.deps.nodes.find(nodeId)?.standing.ver, ...why },
      expectedMs: 1000 * (why.terms.executionS + why.terms.switchingS),
      loadsModels: why.terms.switchingS > 0,
    };
    this.attempts.placed(placement);
    return placement;
  }

  private async commit(batch: Placement[]): Promise<string[]> {
    try {
      return await this.deps.attempts.place(batch, this.term);
    } catch (error) {
      if (isUniqueViolation(error))
        throw new Overtaken('a place or a job is taken already', { cause: error });
      throw error;
    }
  }

  private announce(
    { jobId, nodeId, promptId, owner }: Placement,
    decision: PlaceDecision,
    nowMs: number,
  ): void {
    const { nodes, metrics, events, log } = this.deps;
    nodes.find(nodeId)?.notePlaced();
    const found = this.queue.find(Number(decision.classId), jobId, nowMs);
    this.inputPlaces.note(nodeId, found?.head.inputs ?? []);
    if (found)
      metrics.placed({
        waitMs: found.waitMs,
        workflow: found.head.workflow,
        tenantId: decision.tenantId,
        loadsModels: decision.terms.switchingS > 0,
      });
    const { costS, terms, key, slot, heldMs, pinned, runnersUp } = decision;
    log.info(
      { job: jobId, node: nodeId, promptId, slot, costS, terms, key, heldMs, pinned, runnersUp },
      'job placed',
    );
    void events.publish({ type: 'state', jobId, state: 'active', started: false, nodeId });
    this.owners.add(owner);
  }

  private async withdraw({ jobId, nodeId, cause }: WithdrawDecision): Promise<void> {
    const promptId = this.attempts.promptOf(jobId);
    const owner = promptId === undefined ? null : await this.deps.attempts.requestWithdrawal(promptId);
    if (owner === null) return;
    faults.hit('attempt.withdraw.after_commit');
    this.deps.log.info({ job: jobId, node: nodeId, promptId, cause }, 'job taken back from its node');
    this.owners.add(owner);
  }

  private async tellOwners(): Promise<void> {
    for (const owner of this.owners)
      if (owner === this.deps.replica.id) this.deps.agents.wake();
      else await this.deps.notifications.notify(ordersChannel, owner);
    this.owners.clear();
  }
}

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23505';
