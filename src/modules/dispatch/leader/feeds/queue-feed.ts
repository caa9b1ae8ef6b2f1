/** The queue as events for the scheduler: classes, limits, and the first jobs of each class. */
import { assumedBytesOf, type WorkflowCatalogue } from '../../../workflows/index.js';
import { familyOf, type QueueClass, type QueueHead, type QueueStore } from '../../../jobs/index.js';
import type {
  ClassSpec,
  QueuedJob,
  SchedulerState,
  SchedulingEvent,
  SchedulingOptions,
} from '../../../scheduling/index.js';
import type { NodesService } from '../../../nodes/index.js';
import type { TenantsService } from '../../../access/index.js';
import type { InputPlaces } from './input-places.js';
import { type QueueWindow, WindowReader } from './window-reader.js';

/** Beyond this many, classes without jobs are forgotten. */
const classesMax = 5000;

export interface QueueFeedDependencies {
  queue: QueueStore;
  nodes: NodesService;
  tenants: TenantsService;
  catalogue: WorkflowCatalogue;
  options: SchedulingOptions;
}

export class QueueFeed {
  private readonly classes = new Map<number, QueueClass>();
  private readonly reader: WindowReader;
  private readonly limits = new Map<string, number>();
  private sizesVersion = 0;

  constructor(
    private readonly deps: QueueFeedDependencies,
    private readonly inputPlaces: InputPlaces,
  ) {
    this.reader = new WindowReader(deps.queue, deps.options.windowSize);
  }

  known(): Iterable<QueueClass> {
    return this.classes.values();
  }

  classOf(id: number): QueueClass | undefined {
    return this.classes.get(id);
  }

  /** A job that waits or was just placed, with how long it has waited. */
  find(classId: number, jobId: string, nowMs: number): { head: QueueHead; waitMs: number } | undefined {
    const found = this.reader.windows.find(classId, jobId);
    return found && { head: found.head, waitMs: found.head.ageMs + nowMs - found.readAtMs };
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
      this.sizesOf(cls, nowMs),
      { kind: 'class', nowMs, class: specOf(cls) },
    ]);
  }

  /** The sizes of models once more, when nodes have told new ones. */
  sizeEvents(nowMs: number): SchedulingEvent[] {
    const { version } = this.deps.nodes.modelSizes;
    if (version === this.sizesVersion) return [];
    this.sizesVersion = version;
    return [...this.classes.values()].map((cls) => this.sizesOf(cls, nowMs));
  }

  /** Windows that have changed. */
  async read(state: SchedulerState, nowMs: number): Promise<QueueWindow[]> {
    return this.reader.changes(state, nowMs);
  }

  windowEvent(window: QueueWindow, nowMs: number): SchedulingEvent {
    const jobs = window.heads.map((head) => this.jobOf(head, window.readAtMs));
    return this.reader.windows.event(window, jobs, nowMs);
  }

  /** Tells the window again, since its inputs are on more nodes. */
  again(classId: number, nowMs: number): SchedulingEvent {
    return this.windowEvent(this.reader.windows.lastRead(classId), nowMs);
  }

  /** The answer to `load-heads`. */
  async load(classId: number, exceptTenants: readonly string[], nowMs: number): Promise<SchedulingEvent> {
    return this.windowEvent(await this.reader.load(classId, exceptTenants, nowMs), nowMs);
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
      this.reader.windows.forget(id);
    }
    return idle.map((id) => ({ kind: 'class-removed', nowMs, classId: String(id) }));
  }

  /** `readAtMs`: when the head was as old as it says. */
  jobOf(head: QueueHead, readAtMs: number): QueuedJob {
    return {
      id: head.id,
      classId: String(head.classId),
      tenantId: head.tenantId,
      effKey: head.effKey,
      creditS: head.creditS,
      enqueuedAtMs: readAtMs - head.ageMs,
      workUnits: head.workUnits,
      avoidNodeIds: head.avoidNodeIds,
      inputBytes: head.inputBytes,
      inputsOnNodeIds: this.inputPlaces.nodesWith(head.inputs),
      ...(head.deadlineInMs !== null && { deadlineMs: readAtMs + head.deadlineInMs }),
    };
  }

  /** As nodes tell them, and otherwise as their kind lets one guess. */
  private sizesOf({ requirements, models }: QueueClass, nowMs: number): SchedulingEvent {
    const told = this.deps.nodes.modelSizes.of(models);
    return { kind: 'models', nowMs, sizesBytes: { ...assumedBytesOf(requirements), ...told } };
  }

  private isNews(key: string, limit: number): boolean {
    if ((this.limits.get(key) ?? Infinity) === limit) return false;
    this.limits.set(key, limit);
    return true;
  }
}

function specOf(cls: QueueClass): ClassSpec {
  return {
    id: String(cls.id),
    models: cls.models,
    loras: cls.loras,
    minVramBytes: cls.minVramBytes,
    labels: cls.labels,
    ...(cls.pool !== null && { pool: cls.pool }),
    profileId: cls.profileId,
    family: familyOf(cls.models, cls.profileId),
    ...(cls.workflow !== null && { workflowId: cls.workflow }),
  };
}
