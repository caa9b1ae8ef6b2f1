/**
 * The scheduler's state for as long as one leader leads: made at take-over from what the last one learned, the registry and the
 * record; fed each turn with what has changed; thrown away when a turn fails half-way or the lease is lost. The record is never
 * behind it by more than one turn, and refuses what the state got wrong.
 */
import type { PeriodicLoop } from '../../../platform/lifecycle/index.js';
import type { Logger } from '../../../platform/logging/index.js';
import type { JobEvent, SchedulerStore } from '../../jobs/index.js';
import {
  type Decision,
  decide,
  exportLearned,
  type SchedulerState,
  type SchedulingEvent,
} from '../../scheduling/index.js';
import type { Feed } from './feeds/feed.js';
import type { Orders } from './orders.js';
import type { Preloading } from './preloading.js';

export interface Leadership {
  term: number;
  /** Whether what was decided may still be carried out. */
  trusted: () => boolean;
  /** Asks for another turn. */
  loop: Pick<PeriodicLoop, 'wake' | 'wakeIn'>;
}

export interface SessionParts {
  feed: Feed;
  orders: Orders;
  preloading: Preloading;
  publish: (state: SchedulerState) => Promise<void>;
  store: SchedulerStore;
  /** Milliseconds since 1970 that never go back. */
  nowMs: () => number;
  log: Logger;
}

const saveIntervalMs = 10_000;
const publishIntervalMs = 1_000;

export class Session {
  /** Decisions that notifications brought about since the last turn. */
  private pending: Decision[] = [];
  private saveDueMs: number;
  private publishDueMs = 0;

  constructor(
    private readonly state: SchedulerState,
    private readonly leadership: Leadership,
    private readonly parts: SessionParts,
  ) {
    this.saveDueMs = parts.nowMs() + saveIntervalMs;
  }

  get term(): number {
    return this.leadership.term;
  }

  /** Throws when the state may no longer be what the record says; the session is worth nothing then. */
  async turn(): Promise<void> {
    const { feed, orders, nowMs } = this.parts;
    const events = await feed.changes(this.state, nowMs);
    let decisions = [...this.pending.splice(0), ...this.decide(events)];
    while (decisions.length > 0) {
      if (!this.leadership.trusted()) throw new Error('the lease ran out during a turn');
      const answers = await orders.carryOut(decisions, nowMs());
      this.wakeFor(decisions);
      decisions = [...this.pending.splice(0), ...(answers.length > 0 ? this.decide(answers) : [])];
    }
    await this.everySecond();
    if (nowMs() >= this.saveDueMs) await this.save();
  }

  /** What a notification says about an attempt, before the record is read again. */
  hear(event: JobEvent): void {
    const heard = this.parts.feed.attempts.heard(event, this.parts.nowMs());
    if (!heard) return;
    this.pending.push(...this.tell(heard));
    if (this.pending.length > 0) this.leadership.loop.wake();
  }

  /** What was learned outlives this leader, if it can be kept. */
  async end(): Promise<void> {
    await this.save().catch((error: unknown) =>
      this.parts.log.warn({ err: error }, 'what the scheduler learned could not be kept'),
    );
  }

  private async save(): Promise<void> {
    const { store, nowMs } = this.parts;
    this.saveDueMs = nowMs() + saveIntervalMs;
    await store.remember(exportLearned(this.state), this.term);
  }

  private decide(events: readonly SchedulingEvent[]): Decision[] {
    return this.tell({ kind: 'batch', nowMs: this.parts.nowMs(), events });
  }

  private tell(event: SchedulingEvent): Decision[] {
    this.parts.log.trace({ event }, 'the scheduler is told');
    return decide(this.state, event);
  }

  private wakeFor(decisions: readonly Decision[]): void {
    for (const decision of decisions)
      if (decision.kind === 'wake') this.leadership.loop.wakeIn(decision.atMs - this.parts.nowMs());
  }

  private async everySecond(): Promise<void> {
    const nowMs = this.parts.nowMs();
    if (nowMs < this.publishDueMs) return;
    this.publishDueMs = nowMs + publishIntervalMs;
    await this.parts.publish(this.state);
    const classIds = await this.parts.preloading.order(this.state, nowMs);
    if (classIds.length === 0) return;
    this.pending.push(...this.decide(classIds.map((id) => this.parts.feed.queue.again(id, nowMs))));
    if (this.pending.length > 0) this.leadership.loop.wake();
  }
}
