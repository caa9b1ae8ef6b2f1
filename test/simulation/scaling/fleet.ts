/** The product's scheduler over pools of nodes that come and go, fed as the service feeds it (see programs/simulation). */
import {
  createScheduler,
  decide,
  type Decision,
  defaultOptions,
  emptyResidency,
  holds,
  type PoolWish,
  QueueWindows,
  type QueuedJob,
  type Refusal,
  type Residency,
  type SchedulingEvent,
  useModels,
  wantedNodes,
} from '../../../src/modules/scheduling/index.js';
import { EventHeap } from '../../../src/programs/simulation/event-heap.js';
import { JobStore } from '../../../src/programs/simulation/policies/job-store.js';
import type { TraceJob, TraceModel } from '../../../src/programs/simulation/trace.js';

export interface FleetPool {
  name: string;
  gpuClass: string;
  /** True speed: a run takes `baseMs / speed`. */
  speed: number;
  vramBytes: number;
  nodesMax: number;
  models: ReadonlySet<string>;
}

interface FleetNode {
  id: string;
  pool: FleetPool;
  residency: Residency;
  running: TraceJob | undefined;
  next: TraceJob | undefined;
  /** Load and run. */
  freeAtMs: number;
  isLeaving: boolean;
}

/** From the pod's start until its node takes work. */
const bootMs = 90_000;
const steps = 12;

export class Fleet {
  readonly waiting = new Map<string, TraceJob>();
  readonly waitsMs = new Map<string, number>();
  busyMs = 0;
  private readonly state = createScheduler();
  private readonly store = new JobStore(defaultOptions.windowSize);
  private readonly windows = new QueueWindows<string, QueuedJob>(defaultOptions.windowSize);
  private readonly nodes = new Map<string, FleetNode>();
  /** What pods there are to be, oldest first; a node joins when it has booted. */
  private readonly pods = new Map<string, string[]>();
  private readonly classes = new Map<string, TraceJob>();
  private readonly events = new EventHeap<(nowMs: number) => void>();
  private madePods = 0;

  constructor(
    private readonly pools: readonly FleetPool[],
    private readonly models: ReadonlyMap<string, TraceModel>,
  ) {
    const sizesBytes = Object.fromEntries([...models].map(([name, { sizeBytes }]) => [name, sizeBytes]));
    decide(this.state, { kind: 'models', nowMs: 0, sizesBytes });
    for (const { name } of pools) this.pods.set(name, []);
  }

  /** Everything that is due by then. */
  advance(toMs: number): void {
    for (let next = this.events.pop(); next; next = this.events.pop()) {
      if (next.atMs > toMs) return this.events.push(next.atMs, next.event);
      next.event(next.atMs);
    }
  }

  arrive(job: TraceJob): void {
    this.events.push(job.arrivalMs, (nowMs) => {
      const { id, profileId: classId, arrivalMs, workUnits } = job;
      this.waiting.set(id, job);
      this.store.add({
        id,
        classId,
        tenantId: 'tenant',
        effKey: arrivalMs / 1000,
        creditS: 0,
        enqueuedAtMs: arrivalMs,
        workUnits,
        avoidNodeIds: [],
        inputBytes: 0,
        inputsOnNodeIds: [],
      });
      this.turn(nowMs, this.classEvents(nowMs, job));
    });
  }

  tick(nowMs: number): void {
    this.turn(nowMs, []);
  }

  wishes(targetWaitS: number): Map<string, PoolWish> {
    const pools = this.pools.map(({ name, nodesMax, models }) => ({
      name,
      nodesMax,
      could: (classId: string) => this.classes.get(classId)!.models.every((model) => models.has(model)),
    }));
    return wantedNodes(this.state, pools, targetWaitS);
  }

  /** How long each node at work of a pool will be. */
  busyForMs(pool: string, nowMs: number): number[] {
    return [...this.nodes.values()]
      .filter((node) => node.pool.name === pool && node.running)
      .map(({ freeAtMs }) => freeAtMs - nowMs);
  }

  /** Pods are made at once and boot; the youngest goes first, when what it runs has ended. */
  scale(nowMs: number, pool: FleetPool, count: number): void {
    const pods = this.pods.get(pool.name)!;
    while (pods.length < count) {
      const id = `${pool.name}-${(this.madePods += 1)}`;
      pods.push(id);
      this.events.push(nowMs + bootMs, (atMs) => this.join(atMs, id, pool));
    }
    while (pods.length > count) this.leave(nowMs, pods.pop()!);
  }

  private join(nowMs: number, id: string, pool: FleetPool): void {
    if (!this.pods.get(pool.name)!.includes(id)) return;
    const residency = emptyResidency<string>(pool.vramBytes);
    const node = { id, pool, residency, running: undefined, next: undefined, freeAtMs: 0, isLeaving: false };
    this.nodes.set(id, node);
    this.turn(nowMs, [
      this.told(node, nowMs),
      ...[...this.classes.values()].map((job) => this.readiness(nowMs, job)),
    ]);
  }

  private leave(nowMs: number, id: string): void {
    const node = this.nodes.get(id);
    if (!node) return;
    node.isLeaving = true;
    this.turn(nowMs, [this.told(node, nowMs), ...this.goneIfIdle(nowMs, node)]);
  }

  private goneIfIdle(nowMs: number, node: FleetNode): SchedulingEvent[] {
    if (!node.isLeaving || node.running || node.next) return [];
    this.nodes.delete(node.id);
    return [{ kind: 'node-removed', nowMs, nodeId: node.id }];
  }

  private told({ id, pool, isLeaving }: FleetNode, nowMs: number): SchedulingEvent {
    const { gpuClass, vramBytes, name } = pool;
    const node = { id, gpuClass, vramBytes, weight: 1, labels: {}, pools: [name], failureProbability: 0 };
    return { kind: 'node', nowMs, node: { ...node, accepts: !isLeaving } };
  }

  private classEvents(nowMs: number, job: TraceJob): SchedulingEvent[] {
    const { profileId: id, models } = job;
    if (this.classes.has(id)) return [];
    this.classes.set(id, job);
    const spec = { id, models, loras: [], minVramBytes: 0, labels: {}, profileId: id, family: models[0]! };
    return [{ kind: 'class', nowMs, class: spec }, this.readiness(nowMs, job)];
  }

  private readiness(nowMs: number, { profileId: classId, models }: TraceJob): SchedulingEvent {
    const refusals = Object.fromEntries(
      [...this.nodes.values()].flatMap(({ id, pool }): [string, Refusal][] => {
        const missing = models.find((model) => !pool.models.has(model));
        return missing === undefined ? [] : [[id, { filter: 'models', detail: missing }]];
      }),
    );
    return { kind: 'readiness', nowMs, classId, refusals };
  }

  private turn(nowMs: number, news: readonly SchedulingEvent[]): void {
    const prints = this.store.fingerprints();
    const windows = [
      ...this.windows
        .stale(prints, this.state)
        .map((id) => this.windows.keep(id, this.store.heads(id), prints.get(id)!, nowMs)),
      ...this.windows.emptied(prints, nowMs),
      ...(this.windows.countIsDue(nowMs) ? this.windows.counted(this.store.counts(), nowMs) : []),
    ].map((window) => this.windows.event(window, window.heads, nowMs));
    this.hear({ kind: 'batch', nowMs, events: [...news, ...windows, { kind: 'tick', nowMs }] });
  }

  private hear(event: SchedulingEvent): void {
    for (const decision of decide(this.state, event)) this.carryOut(event.nowMs, decision);
  }

  private carryOut(nowMs: number, decision: Decision): void {
    if (decision.kind === 'place') this.place(nowMs, decision.jobId, this.nodes.get(decision.nodeId)!);
    if (decision.kind === 'withdraw') this.withdraw(nowMs, decision.jobId, this.nodes.get(decision.nodeId)!);
    if (decision.kind !== 'load-heads') return;
    const { classId } = decision;
    const window = this.windows.keep(classId, this.store.heads(classId), '', nowMs);
    this.hear(this.windows.event(window, window.heads, nowMs));
  }

  private place(nowMs: number, jobId: string, node: FleetNode): void {
    this.store.take(jobId);
    node.next = this.waiting.get(jobId)!;
    this.begin(nowMs, node);
  }

  private withdraw(nowMs: number, jobId: string, node: FleetNode): void {
    if (node.next?.id !== jobId) return;
    const job = node.next;
    node.next = undefined;
    this.events.push(nowMs, (atMs) => {
      this.arrive({ ...job, arrivalMs: atMs });
      this.turn(atMs, [
        { kind: 'attempt-closed', nowMs: atMs, nodeId: node.id, jobId, outcome: 'withdrawn' },
      ]);
    });
  }

  private begin(nowMs: number, node: FleetNode): void {
    const job = node.next;
    if (node.running || !job) return;
    node.running = job;
    node.next = undefined;
    this.waiting.delete(job.id);
    this.waitsMs.set(job.id, nowMs - job.arrivalMs);
    const missing = job.models.filter((model) => !holds(node.residency, model));
    const loadMs = missing.reduce((sum, model) => sum + this.models.get(model)!.loadMs, 0);
    useModels(node.residency, job.models, (model) => this.models.get(model)!.sizeBytes);
    const runMs = job.baseMs / node.pool.speed;
    node.freeAtMs = nowMs + loadMs + runMs;
    this.busyMs += loadMs + runMs;
    this.follow(node, job, { beganMs: nowMs, loadMs, runMs });
  }

  private follow(
    node: FleetNode,
    job: TraceJob,
    run: { beganMs: number; loadMs: number; runMs: number },
  ): void {
    const { beganMs, loadMs, runMs } = run;
    const ids = { nodeId: node.id, jobId: job.id };
    this.events.push(beganMs, (nowMs) => this.hear({ kind: 'attempt-started', nowMs, ...ids }));
    for (let step = 1; step <= steps; step += 1)
      this.events.push(beganMs + loadMs + (0.92 * runMs * step) / steps, (nowMs) =>
        this.hear({ kind: 'progress', nowMs, ...ids, step, steps }),
      );
    this.events.push(node.freeAtMs, (nowMs) => {
      node.running = undefined;
      const closed = { kind: 'attempt-closed' as const, nowMs, ...ids, outcome: 'ok' as const };
      this.begin(nowMs, node);
      this.turn(nowMs, [{ ...closed, runMs: loadMs + runMs, loadMs }, ...this.goneIfIdle(nowMs, node)]);
    });
  }
}
