/**
 * The scheduler's state for as long as one leader leads: made at take-over from what the last one learned, the registry and the
 * record; fed each turn with what has changed; thrown away when a turn fails half-way or the lease is lost. The record is never
 * behind it by more than one turn, and refuses what the state got wrong.
 */
import type { Logger } from '../../../platform/logging/index.js';
import type { AttemptsStore, Forecasts, JobEvent, QueueStore, SchedulerStore } from '../../jobs/index.js';
import type { NodesService } from '../../nodes/index.js';
import {
  type Decision,
  decide,
  exportLearned,
  readLearned,
  restoreScheduler,
  type SchedulerState,
  type SchedulingEvent,
  type SchedulingOptions,
  virtualTimeS,
} from '../../scheduling/index.js';
import type { TenantsService } from '../../access/index.js';
import type { WorkflowCatalogue } from '../../workflows/index.js';
import { AttemptFeed } from './attempt-feed.js';
import { forecastNow } from './forecaster.js';
import { InputPlaces } from './input-places.js';
import { NodeFeed } from './node-feed.js';
import { type OrderDependencies, Orders } from './orders.js';
import { Preloading } from './preloading.js';
import { QueueFeed } from './queue-feed.js';
import { Scaling, type ScalingDependencies } from './scaling.js';

export interface SessionDependencies extends OrderDependencies, ScalingDependencies {
  attempts: AttemptsStore;
  queue: QueueStore;
  store: SchedulerStore;
  forecasts: Forecasts;
  nodes: NodesService;
  tenants: TenantsService;
  catalogue: WorkflowCatalogue;
  options: SchedulingOptions;
  /** Milliseconds since 1970 that never go back. */
  nowMs: () => number;
  /** Whether what was decided may still be carried out. */
  trusted: () => boolean;
  /** Asks for another turn, at once or then. */
  wake: (atMs?: number) => void;
  log: Logger;
}

const saveIntervalMs = 10_000;
const publishIntervalMs = 1_000;

export class Session {
  private readonly nodes: NodeFeed;
  private readonly queue: QueueFeed;
  private readonly attempts: AttemptFeed;
  private readonly orders: Orders;
  private readonly inputPlaces = new InputPlaces();
  private readonly preloading: Preloading;
  private readonly scaling: Scaling;
  /** Decisions that notifications brought about since the last turn. */
  private pending: Decision[] = [];
  private saveDueMs = 0;
  private publishDueMs = 0;

  private constructor(
    private readonly deps: SessionDependencies,
    readonly term: number,
    private readonly state: SchedulerState,
    resident: Readonly<Record<string, string[]>>,
  ) {
    this.nodes = new NodeFeed(deps.nodes, resident);
    this.queue = new QueueFeed(deps, this.inputPlaces);
    this.preloading = new Preloading(deps.agents, this.queue, this.inputPlaces);
    this.scaling = new Scaling(deps, this.queue);
    this.attempts = new AttemptFeed(deps.attempts);
    this.orders = new Orders(deps, this.attempts, this.queue, this.inputPlaces, term);
    this.saveDueMs = deps.nowMs() + saveIntervalMs;
  }

  static async open(deps: SessionDependencies, term: number): Promise<Session> {
    const learned = readLearned(await deps.store.memory());
    return new Session(deps, term, restoreScheduler(deps.options, learned), learned.residency);
  }

  /** Throws when the state may no longer be what the record says; the session is worth nothing then. */
  async turn(): Promise<void> {
    const events = await this.changes();
    let decisions = [...this.pending.splice(0), ...this.decide(events)];
    while (decisions.length > 0) {
      if (!this.deps.trusted()) throw new Error('the lease ran out during a turn');
      const answers = await this.orders.carryOut(decisions, this.deps.nowMs());
      this.wakeFor(decisions);
      decisions = [...this.pending.splice(0), ...(answers.length > 0 ? this.decide(answers) : [])];
    }
    await this.everySecond();
    if (this.deps.nowMs() >= this.saveDueMs) await this.save();
  }

  /** What a notification says about an attempt, before the record is read again. */
  hear(event: JobEvent): void {
    const heard = this.attempts.heard(event, this.deps.nowMs());
    if (!heard) return;
    this.pending.push(...this.tell(heard));
    if (this.pending.length > 0) this.deps.wake();
  }

  /** What was learned outlives this leader. */
  async save(): Promise<void> {
    this.saveDueMs = this.deps.nowMs() + saveIntervalMs;
    await this.deps.store.remember(exportLearned(this.state), this.term);
  }

  private async changes(): Promise<SchedulingEvent[]> {
    const attempts = await this.attempts.read();
    const opened = await this.deps.queue.placedHeads(attempts.opened.map(({ jobId }) => jobId));
    const windows = await this.queue.read(this.state, this.deps.nowMs());
    const nowMs = this.deps.nowMs();
    const heads = windows.flatMap((window) => window.heads);
    const classes = await this.queue.classEvents([...opened, ...heads], nowMs);
    for (const { known, end } of attempts.ended)
      if (end?.outcome) this.nodes.noteEnd(known.nodeId, end.outcome, end.nodeChanged ? nowMs : undefined);
    const nodes = this.nodes.events(nowMs, attempts.collecting);
    for (const event of nodes)
      if (event.kind === 'residency-void' || event.kind === 'node-removed')
        this.inputPlaces.forgetNode(event.nodeId);
    const jobs = new Map(opened.map((head) => [head.id, this.queue.jobOf(head, nowMs)]));
    return [
      ...classes,
      ...this.queue.sizeEvents(nowMs),
      ...nodes,
      ...this.queue.limitEvents(nowMs),
      ...this.nodes.readiness(this.queue.known(), nowMs),
      ...this.attempts.events(attempts, jobs, nowMs),
      ...windows.map((window) => this.queue.windowEvent(window, nowMs)),
      ...this.queue.forgetIdle(this.state, nowMs),
      { kind: 'tick', nowMs },
    ];
  }

  private decide(events: readonly SchedulingEvent[]): Decision[] {
    return this.tell({ kind: 'batch', nowMs: this.deps.nowMs(), events });
  }

  private tell(event: SchedulingEvent): Decision[] {
    this.deps.log.trace({ event }, 'the scheduler is told');
    return decide(this.state, event);
  }

  private wakeFor(decisions: readonly Decision[]): void {
    for (const decision of decisions) if (decision.kind === 'wake') this.deps.wake(decision.atMs);
  }

  private async everySecond(): Promise<void> {
    const nowMs = this.deps.nowMs();
    if (nowMs < this.publishDueMs) return;
    this.publishDueMs = nowMs + publishIntervalMs;
    await this.publish();
    const classIds = await this.preloading.order(this.state, nowMs);
    if (classIds.length === 0) return;
    this.pending.push(...this.decide(classIds.map((id) => this.queue.again(id, nowMs))));
    if (this.pending.length > 0) this.deps.wake();
  }

  private async publish(): Promise<void> {
    const { document, reasons } = forecastNow(this.state, this.deps.nodes, this.queue);
    this.deps.metrics.jobsWait(reasons);
    const scaling = await this.scaling.wishes(this.state);
    await this.deps.forecasts.publish({ ...document, scaling }, this.term);
    await this.deps.store.setClock(virtualTimeS(this.state), clusterSpeed(this.state));
  }
}

/** Of the nodes that take work; a cluster without any counts as one node. */
function clusterSpeed(state: SchedulerState): number {
  const speeds = [...state.nodeById.values()].filter(({ spec }) => spec.accepts).map(({ speed }) => speed);
  return speeds.reduce((sum, speed) => sum + speed, 0) || 1;
}
