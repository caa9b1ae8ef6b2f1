/**
 * Carries out what the scheduler decided. What could not be done comes back as events. A batch of placements is one statement;
 * a job that is no longer queued is left out of it, and a node whose place is taken after all means that the record knows
 * attempts that this leader does not: then it has to begin anew.
 */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Replica } from '../../../platform/cluster/index.js';
import { faults } from '../../../platform/crash-points/index.js';
import { AttemptsStore, type Placement } from '../../jobs/index.js';
import { NodesService } from '../../nodes/index.js';
import type { Decision, PlaceDecision, SchedulingEvent } from '../../scheduling/index.js';
import type { Feed } from './feeds/feed.js';
import { OwnerCalls } from './owner-calls.js';
import { PlacementNews } from './placement-news.js';

/** The record knows more than this leader. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

type WithdrawDecision = Extract<Decision, { kind: 'withdraw' }>;

interface OrderDependencies {
  attempts: AttemptsStore;
  replica: Replica;
  nodes: NodesService;
  news: PlacementNews;
  owners: OwnerCalls;
}

/** Carries out the decisions of one leader. */
export class Orders {
  constructor(
    private readonly deps: OrderDependencies,
    private readonly feed: Feed,
    private readonly term: number,
  ) {}

  /** Returns what the scheduler must hear of it. Throws Overtaken. */
  async carryOut(decisions: readonly Decision[], nowMs: number): Promise<SchedulingEvent[]> {
    const placements = decisions.filter((decision) => decision.kind === 'place');
    const events = placements.length > 0 ? await this.place(placements, nowMs) : [];
    for (const decision of decisions) {
      if (decision.kind === 'withdraw') await this.withdraw(decision);
      if (decision.kind === 'load-heads')
        events.push(await this.feed.queue.load(Number(decision.classId), decision.excludeTenantIds, nowMs));
    }
    await this.deps.owners.call();
    return events;
  }

  private async place(decisions: readonly PlaceDecision[], nowMs: number): Promise<SchedulingEvent[]> {
    const decidedFrom = new Date();
    const batch = decisions.map((decision) => this.placementOf(decision));
    faults.hit('attempt.intent.before_commit');
    const made = new Set(await this.commit(batch));
    faults.hit('attempt.intent.after_commit');
    const kept = batch.filter(({ promptId }) => made.has(promptId));
    this.deps.news.trace(kept, decidedFrom);
    return batch.flatMap((placement, at): SchedulingEvent[] => {
      const decision = decisions[at]!;
      if (made.has(placement.promptId)) {
        this.announce(placement, decision, nowMs);
        return [];
      }
      this.feed.attempts.forget(placement.promptId);
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
      slot: this.feed.attempts.freeSlotOn(nodeId),
      owner: this.deps.replica.ownerOf(nodeId),
      decision: { term: this.term, nodeVersion: this.deps.nodes.find(nodeId)?.standing.ver, ...why },
      expectedMs: 1000 * (why.terms.executionS + why.terms.switchingS),
      loadsModels: why.terms.switchingS > 0,
    };
    this.feed.attempts.placed(placement);
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

  private announce(placement: Placement, decision: PlaceDecision, nowMs: number): void {
    const { jobId, nodeId, owner } = placement;
    const found = this.feed.queue.find(Number(decision.classId), jobId, nowMs);
    this.feed.inputPlaces.note(nodeId, found?.head.inputs ?? []);
    this.deps.news.announce(placement, decision, found);
    this.deps.owners.note(owner);
  }

  private async withdraw({ jobId, nodeId, cause }: WithdrawDecision): Promise<void> {
    const promptId = this.feed.attempts.promptOf(jobId);
    if (promptId === undefined) return;
    const owner = await this.deps.attempts.requestWithdrawal(promptId);
    if (owner === null) return;
    faults.hit('attempt.withdraw.after_commit');
    this.deps.news.takenBack({ job: jobId, node: nodeId, promptId, cause });
    this.deps.owners.note(owner);
  }
}

/** Makes the orders of each leader. */
@Injectable()
export class OrderDesk {
  constructor(
    @Inject(AttemptsStore) private readonly attempts: AttemptsStore,
    @Inject(Replica) private readonly replica: Replica,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(PlacementNews) private readonly news: PlacementNews,
    @Inject(OwnerCalls) private readonly owners: OwnerCalls,
  ) {}

  open(feed: Feed, term: number): Orders {
    const { attempts, replica, nodes, news, owners } = this;
    return new Orders({ attempts, replica, nodes, news, owners }, feed, term);
  }
}

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23505';
