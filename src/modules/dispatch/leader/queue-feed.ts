/**
 * The queue as events for the scheduler: classes, limits, and the first jobs of each class. Windows are read anew each turn, so
 * that a lost notification only delays; a window that is as the scheduler knows it is not told.
 */
import { assumedBytesOf, type WorkflowCatalogue } from '../../workflows/index.js';
import { familyOf, type QueueClass, type QueueHead, type QueueStore } from '../../jobs/index.js';
import type {
  ClassSpec,
  QueuedJob,
  SchedulerState,
  SchedulingEvent,
  SchedulingOptions,
} from '../../scheduling/index.js';
import type { TenantsService } from '../../tenants/index.js';

/** Beyond this many, classes without jobs are forgotten. */
const classesMax = 5000;
const countIntervalMs = 60_000;

export interface QueueFeedDependencies {
  queue: QueueStore;
  tenants: TenantsService;
  catalogue: WorkflowCatalogue;
  options: SchedulingOptions;
}

export class QueueFeed {
  private readonly classes = new Map<number, QueueClass>();
  private readonly excluded = new Map<number, readonly string[]>();
  private readonly limits = new Map<string, number>();
  private heads = new Map<string, QueueHead>();
  private counts = new Map<number, number>();
  private countDueMs = 0;

  constructor(
    private readonly deps: QueueFeedDependencies,
    /** Nodes that could take a job of the class, as far as files go. */
    private readonly ableNodes: (cls: QueueClass) => string[],
  ) {}

  known(): Iterable<QueueClass> {
    return this.classes.values();
  }

  classOf(id: number): QueueClass | undefined {
    return this.classes.get(id);
  }

  headOf(jobId: string): QueueHead | undefined {
    return this.heads.get(jobId);
  }

  limitEvents(nowMs: number): SchedulingEvent[] {
    const tenants = this.deps.tenants.all().flatMap(({ id, maxActive }): SchedulingEvent[] => {
      const limit = maxActive ?? Infinity;
      return this.isNews(`tenant ${id}`, limit)
        ? [{ kind: 'tenant', nowMs, tenantId: id, maxActive: limit }]
        : [];
    });
    const workflows = this.deps.catalogue.list().flatMap(({ name, manifest }): SchedulingEvent[] => {
      const limit = manifest.limits?.maxActive ?? Infinity;
      const id = `workflow ${name}`;
      return this.isNews(id, limit) ? [{ kind: 'workflow', nowMs, workflowId: name, maxActive: limit }] : [];
    });
    return [...tenants, ...workflows];
  }

  /** The classes of these jobs as far as they are new, with the sizes of their models. */
  async classEvents(heads: readonly QueueHead[], nowMs: number): Promise<SchedulingEvent[]> {
    const unknown = [...new Set(heads.map(({ classId }) => classId))].filter((id) => !this.classes.has(id));
    if (unknown.length === 0) return [];
    const loaded = await this.deps.queue.classes(unknown);
    for (const cls of loaded) this.classes.set(cls.id, cls);
    return loaded.flatMap((cls): SchedulingEvent[] => [
      { kind: 'models', nowMs, sizesBytes: assumedBytesOf(cls.requirements) },
      { kind: 'class', nowMs, class: specOf(cls) },
    ]);
  }

  /** All windows, as they are now. */
  async read(nowMs: number): Promise<QueueHead[]> {
    const plain = (await this.deps.queue.heads(this.deps.options.windowSize)).filter(
      ({ classId }) => !this.excluded.has(classId),
    );
    const others = [];
    for (const [classId, tenants] of this.excluded)
      others.push(...(await this.deps.queue.headsOf(classId, this.deps.options.windowSize, tenants)));
    const heads = [...plain, ...others];
    this.heads = new Map(heads.map((head) => [head.id, head]));
    await this.count(heads, nowMs);
    return heads;
  }

  windowEvents(heads: readonly QueueHead[], state: SchedulerState, nowMs: number): SchedulingEvent[] {
    const byClass = groupByClass(heads);
    const events = [];
    for (const cls of this.classes.values()) {
      const window = byClass.get(cls.id) ?? [];
      const known = state.classById.get(String(cls.id));
      const isKnown = known && !known.loading && sameJobs(known.window, window);
      if (!isKnown) events.push(this.headsEvent(cls.id, window, nowMs));
    }
    return events;
  }

  /** The answer to `load-heads`. */
  async load(classId: number, exceptTenants: readonly string[], nowMs: number): Promise<SchedulingEvent> {
    if (exceptTenants.length === 0) this.excluded.delete(classId);
    else this.excluded.set(classId, exceptTenants);
    const window = await this.deps.queue.headsOf(classId, this.deps.options.windowSize, exceptTenants);
    for (const head of window) this.heads.set(head.id, head);
    return this.headsEvent(classId, window, nowMs);
  }

  /** Forgets classes nobody waits in, once there are many. */
  forgetIdle(state: SchedulerState, nowMs: number): SchedulingEvent[] {
    if (this.classes.size <= classesMax) return [];
    const inUse = new Set(
      [...state.attempts.values()].flatMap((node) => [node.running?.cls, node.next?.cls]),
    );
    const idle = [...this.classes.keys()].filter((id) => {
      const cls = state.classById.get(String(id));
      return cls && cls.window.length === 0 && !inUse.has(cls);
    });
    for (const id of idle) {
      this.classes.delete(id);
      this.excluded.delete(id);
    }
    return idle.map((id) => ({ kind: 'class-removed', nowMs, classId: String(id) }));
  }

  jobOf(head: QueueHead, nowMs: number): QueuedJob {
    return {
      id: head.id,
      classId: String(head.classId),
      tenantId: head.tenantId,
      effKey: head.effKey,
      creditS: head.creditS,
      enqueuedAtMs: nowMs - head.ageMs,
      workUnits: head.workUnits,
      avoidNodeIds: this.avoidedBy(head),
      inputBytes: head.inputBytes,
      inputsOnNodeIds: [],
      ...(head.deadlineInMs !== null && { deadlineMs: nowMs + head.deadlineInMs }),
    };
  }

  private headsEvent(classId: number, window: readonly QueueHead[], nowMs: number): SchedulingEvent {
    const jobs = window.map((head) => this.jobOf(head, nowMs));
    const isAll = jobs.length < this.deps.options.windowSize && !this.excluded.has(classId);
    const queued = isAll ? jobs.length : Math.max(jobs.length, this.counts.get(classId) ?? 0);
    return { kind: 'heads', nowMs, classId: String(classId), jobs, queued };
  }

  /** A node that failed the job once is better than none. */
  private avoidedBy({ avoidNodeIds, classId }: QueueHead): string[] {
    const cls = this.classes.get(classId);
    if (avoidNodeIds.length === 0 || !cls) return [];
    return this.ableNodes(cls).every((nodeId) => avoidNodeIds.includes(nodeId)) ? [] : avoidNodeIds;
  }

  /** Only what lies behind full windows has to be counted. */
  private async count(heads: readonly QueueHead[], nowMs: number): Promise<void> {
    if (nowMs < this.countDueMs || heads.length < this.deps.options.windowSize) return;
    this.countDueMs = nowMs + countIntervalMs;
    this.counts = await this.deps.queue.counts();
  }

  private isNews(key: string, limit: number): boolean {
    if ((this.limits.get(key) ?? Infinity) === limit) return false;
    this.limits.set(key, limit);
    return true;
  }
}

function groupByClass(heads: readonly QueueHead[]): Map<number, QueueHead[]> {
  const groups = new Map<number, QueueHead[]>();
  for (const head of heads) {
    const group = groups.get(head.classId);
    if (group) group.push(head);
    else groups.set(head.classId, [head]);
  }
  return groups;
}

function sameJobs(known: readonly { spec: QueuedJob }[], window: readonly QueueHead[]): boolean {
  return known.length === window.length && known.every(({ spec }, at) => spec.id === window[at]?.id);
}

function specOf(cls: QueueClass): ClassSpec {
  return {
    id: String(cls.id),
    models: cls.models,
    loras: cls.loras,
    nodeTypes: [],
    minVramBytes: cls.minVramBytes,
    labels: cls.labels,
    ...(cls.pool !== null && { pool: cls.pool }),
    profileId: cls.profileId,
    family: familyOf(cls.models, cls.profileId),
    ...(cls.workflow !== null && { workflowId: cls.workflow }),
  };
}
