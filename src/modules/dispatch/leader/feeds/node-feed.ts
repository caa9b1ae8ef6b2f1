/** What the registry and the monitors know of nodes, as events for the scheduler: only what has changed since the last look. */
import { machineOf, type NodeMonitor, NodesService } from '../../../nodes/index.js';
import type { NodeSpec, Refusal, SchedulingEvent } from '../../../scheduling/index.js';
import type { AttemptOutcome, QueueClass } from '../../../jobs/index.js';
import { refusalOf } from './lack.js';

/** Runs whose files are still being fetched; more of them and the node gets no new work until some are through. */
const collectingPerNodeMax = 4;
const foreignPatienceMs = 60_000;
/** Longer than it takes to read how the node stands now, notified or not. */
const unsureMs = 1_500;
const faultRate = 0.1;
/** Steps in which the share of faults is told: every change makes the scheduler look at the node anew. */
const faultStep = 0.05;
const nodeFaults = new Set<AttemptOutcome>(['node_fault', 'node_lost', 'not_sent', 'not_arrived', 'timeout']);

export class NodeFeed {
  private readonly told = new Map<string, string>();
  private readonly losses = new Map<string, { monitor: NodeMonitor; count: number }>();
  private readonly foreignSinceMs = new Map<string, number>();
  private readonly faultShares = new Map<string, number>();
  private readonly unsureUntilMs = new Map<string, number>();
  private readonly checked = new Set<number>();
  private inventories = '';

  constructor(
    private readonly nodes: NodesService,
    /** What nodes were believed to hold when the last leader wrote it down. */
    private readonly resident: Readonly<Record<string, string[]>>,
  ) {}

  events(nowMs: number, collecting: ReadonlyMap<string, number>): SchedulingEvent[] {
    const accepting = new Set(this.nodes.accepting());
    const monitors = this.nodes.all();
    return [
      ...this.gone(monitors, nowMs),
      ...monitors.flatMap((monitor) => {
        const count = collecting.get(monitor.settings.id) ?? 0;
        const isSure = nowMs >= (this.unsureUntilMs.get(monitor.settings.id) ?? 0);
        return this.eventsOf(
          monitor,
          accepting.has(monitor) && isSure && count < collectingPerNodeMax,
          nowMs,
        );
      }),
    ];
  }

  /** Which nodes cannot run a class, and why; told again when an inventory changed. */
  readiness(classes: Iterable<QueueClass>, nowMs: number): SchedulingEvent[] {
    const inventories = this.nodes
      .all()
      .map(({ settings, facts }) => `${settings.id} ${facts?.inventoryHash}`)
      .join('\n');
    if (inventories !== this.inventories) this.checked.clear();
    this.inventories = inventories;
    return [...classes].flatMap((cls) => {
      if (this.checked.has(cls.id)) return [];
      this.checked.add(cls.id);
      const refusals = this.refusalsOf(cls);
      return [{ kind: 'readiness' as const, nowMs, classId: String(cls.id), refusals }];
    });
  }

  /** `changedAtMs`: the owner sent a job back because the node is another one than this leader knew. */
  noteEnd(nodeId: string, outcome: AttemptOutcome, changedAtMs?: number): void {
    if (changedAtMs !== undefined) this.unsureUntilMs.set(nodeId, changedAtMs + unsureMs);
    const share = this.faultShares.get(nodeId) ?? 0;
    const sample = nodeFaults.has(outcome) ? 1 : 0;
    this.faultShares.set(nodeId, share + faultRate * (sample - share));
  }

  private gone(monitors: readonly NodeMonitor[], nowMs: number): SchedulingEvent[] {
    const present = new Set(monitors.map(({ settings }) => settings.id));
    return [...this.told.keys()]
      .filter((nodeId) => !present.has(nodeId))
      .map((nodeId) => {
        for (const known of [
          this.told,
          this.losses,
          this.foreignSinceMs,
          this.faultShares,
          this.unsureUntilMs,
        ])
          known.delete(nodeId);
        return { kind: 'node-removed', nowMs, nodeId };
      });
  }

  private eventsOf(monitor: NodeMonitor, accepts: boolean, nowMs: number): SchedulingEvent[] {
    const node = this.specOf(monitor, accepts);
    const text = JSON.stringify(node);
    const events: SchedulingEvent[] = [];
    const isNew = !this.told.has(node.id);
    if (text !== this.told.get(node.id))
      events.push({ kind: 'node', nowMs, node, ...(isNew && { resident: this.resident[node.id] ?? [] }) });
    this.told.set(node.id, text);
    return [...events, ...this.lossOf(monitor, nowMs), ...this.foreignOn(node.id, nowMs)];
  }

  private specOf(monitor: NodeMonitor, accepts: boolean): NodeSpec {
    const { id, weight } = monitor.settings;
    return {
      id,
      weight,
      ...machineOf(monitor, this.nodes.recordOf(id)?.labels),
      failureProbability: faultStep * Math.floor((this.faultShares.get(id) ?? 0) / faultStep),
      accepts,
    };
  }

  /** A process that is gone has taken its memory with it, and another address is another process. */
  private lossOf(monitor: NodeMonitor, nowMs: number): SchedulingEvent[] {
    const nodeId = monitor.settings.id;
    const known = this.losses.get(nodeId);
    const count = monitor.memoryLosses;
    this.losses.set(nodeId, { monitor, count });
    const isLost = known
      ? known.monitor !== monitor || known.count !== count
      : monitor.health.state.name === 'down';
    return isLost ? [{ kind: 'residency-void', nowMs, nodeId }] : [];
  }

  /**
   * Prompts of others take the node until they are gone, and leave nobody knows what in its memory. A node where there are
   * always some gets our work behind them after a while.
   */
  private foreignOn(nodeId: string, nowMs: number): SchedulingEvent[] {
    const isThere = (this.nodes.recordOf(nodeId)?.foreignPrompts ?? 0) > 0;
    const sinceMs = this.foreignSinceMs.get(nodeId);
    const jobId = `foreign prompts on ${nodeId}`;
    if (isThere && sinceMs === undefined) {
      this.foreignSinceMs.set(nodeId, nowMs);
      return [{ kind: 'attempt-opened', nowMs, nodeId, jobId, startedAtMs: nowMs }];
    }
    if (sinceMs === undefined || (isThere && nowMs - sinceMs < foreignPatienceMs)) return [];
    if (!isThere) this.foreignSinceMs.delete(nodeId);
    // Told again each time while it lasts: what is closed already is ignored.
    return [{ kind: 'attempt-closed', nowMs, nodeId, jobId, outcome: 'lost' }];
  }

  private refusalsOf(cls: QueueClass): Record<string, Refusal> {
    const entries = this.nodes.all().flatMap((monitor) => {
      const readiness = this.nodes.readinessOf(monitor, cls.requirements, String(cls.id));
      if (readiness?.ready) return [];
      return [[monitor.settings.id, refusalOf(readiness?.missing)] as const];
    });
    return Object.fromEntries(entries);
  }
}
