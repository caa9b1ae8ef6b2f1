/**
 * A policy that knows what no policy can: true run times and loads, and every job that is still to come.
 *
 * It pays for loads like the others, and for the way of each order. Whenever a node is free it looks, for each set of models, at the
 * runs that the node could do with it, shortest first and those included that arrive meanwhile, and takes the set that begins most
 * jobs per second, the load and the models pushed out counted in. For many jobs of few models on one machine that rule is close to
 * the least mean wait; on several machines it is a good schedule and no proof that there is none better (planner.test.ts).
 */
import {
  emptyResidency,
  evictedBy,
  holds,
  useModels,
  type Residency,
} from '../../../modules/scheduling/index.js';
import type { Action, Policy, PolicyFactory } from '../policy.js';
import type { Trace, TraceJob, TraceModel, TraceNode } from '../trace.js';

/** What a plan may be like; `bestPlan` tries several. */
export interface Manner {
  /** How much heavier a second of loading weighs than a second of work: it is lost to everybody who waits, not to one. */
  loadWeight: number;
  /** How far ahead it looks for jobs to come, and how long a node may wait for one. */
  horizonMs: number;
}

/** A model that is pushed out and wanted again within this time has to be loaded again. */
const returnMs = 900_000;

interface PlannedNode {
  spec: TraceNode;
  /** When its run is over; 0: it is free. */
  readyMs: number;
  residency: Residency;
}

/** Jobs that need the same models. */
interface Group {
  models: readonly string[];
  /** Shortest first. */
  waiting: TraceJob[];
  /** In order of arrival; those before `next` have arrived. */
  all: TraceJob[];
  next: number;
}

interface Plan {
  node: PlannedNode;
  group: Group;
  job: TraceJob;
  jobsPerMs: number;
}

export function planner(trace: Trace, manner: Manner): PolicyFactory {
  return () => new Planner(trace, manner);
}

class Planner implements Policy {
  private readonly nodes: Map<string, PlannedNode>;
  private readonly models: ReadonlyMap<string, TraceModel>;
  private readonly groups = new Map<string, Group>();
  private readonly jobs: ReadonlyMap<string, TraceJob>;

  constructor(
    trace: Trace,
    private readonly manner: Manner,
  ) {
    this.nodes = new Map(trace.nodes.map((spec) => [spec.id, newNode(spec)]));
    this.models = new Map(trace.models.map((model) => [model.name, model]));
    this.jobs = new Map(trace.jobs.map((job) => [job.id, job]));
    for (const job of trace.jobs) this.groupOf(job).all.push(job);
  }

  arrived(nowMs: number, { id }: { id: string }): Action[] {
    const job = this.jobs.get(id)!;
    const group = this.groupOf(job);
    group.next += 1;
    insert(group.waiting, job);
    return this.act(nowMs);
  }

  ended(nowMs: number, nodeId: string): Action[] {
    this.nodes.get(nodeId)!.readyMs = 0;
    return this.act(nowMs);
  }

  /** The best of all plans of all free nodes, then the best of the rest, until none is left. */
  private act(nowMs: number): Action[] {
    const actions: Action[] = [];
    const free = new Set([...this.nodes.values()].filter(({ readyMs }) => readyMs === 0));
    const promised = new Set<TraceJob>();
    while (free.size > 0) {
      const plan = this.best(nowMs, free, promised);
      if (!plan) break;
      free.delete(plan.node);
      // It waits for a job that is still to come: that arrival is the next thing to act on.
      if (plan.group.waiting.includes(plan.job)) actions.push(this.begin(nowMs, plan));
      else promised.add(plan.job);
    }
    return actions;
  }

  private best(
    nowMs: number,
    free: ReadonlySet<PlannedNode>,
    promised: ReadonlySet<TraceJob>,
  ): Plan | undefined {
    let best: Plan | undefined;
    for (const group of this.groups.values()) {
      if (group.waiting.length === 0 && this.manner.horizonMs === 0) continue;
      for (const node of free) {
        if (!group.models.every((model) => node.spec.models.includes(model))) continue;
        const plan = this.planFor(nowMs, node, group, promised);
        if (plan && (!best || plan.jobsPerMs > best.jobsPerMs)) best = plan;
      }
    }
    return best;
  }

  /** The sequence of the group's jobs that begins most per ms on this node. A job more is worth it while it is shorter than their mean. */
  private planFor(
    nowMs: number,
    node: PlannedNode,
    group: Group,
    promised: ReadonlySet<TraceJob>,
  ): Plan | undefined {
    const { horizonMs, loadWeight } = this.manner;
    const loadMs = this.loadMs(node, group.models);
    const supply = new Supply(group, {
      nowMs,
      horizonMs,
      promised,
      skipped: loadMs > 0 ? this.leftToWarm(nowMs, group, loadMs) : 0,
    });
    let atMs = loadMs === 0 ? 0 : loadWeight * (loadMs + this.evictionMs(nowMs, node, group.models));
    let count = 0;
    let first: TraceJob | undefined;
    for (let job = supply.next(atMs); job; job = supply.next(atMs)) {
      atMs = Math.max(atMs, job.arrivalMs - nowMs);
      const runMs = job.baseMs / node.spec.speed;
      if (count > 0 && runMs * count >= atMs) break;
      first ??= job;
      atMs += runMs;
      count += 1;
    }
    return first && { node, group, job: first, jobsPerMs: count / atMs };
  }

  /** So many jobs of the group do the busy nodes begin that hold its models, before the load would be over. */
  private leftToWarm(nowMs: number, { models, waiting }: Group, loadMs: number): number {
    let count = 0;
    for (const { readyMs, residency, spec } of this.nodes.values()) {
      if (readyMs === 0 || readyMs >= nowMs + loadMs || !models.every((model) => holds(residency, model)))
        continue;
      let atMs = readyMs;
      while (atMs < nowMs + loadMs && count < waiting.length) atMs += waiting[count++]!.baseMs / spec.speed;
    }
    return count;
  }

  private loadMs({ spec, residency }: PlannedNode, models: readonly string[]): number {
    let sum = 0;
    for (const model of models) if (!holds(residency, model)) sum += this.models.get(model)!.loadMs;
    return sum * (spec.loadSlowness ?? 1);
  }

  private evictionMs(nowMs: number, node: PlannedNode, models: readonly string[]): number {
    const out = evictedBy(node.residency, models, (model) => this.models.get(model)!.sizeBytes);
    return out.reduce((sum, model) => sum + this.returnsMs(nowMs, node, model), 0);
  }

  /** Its load time if it is wanted again soon, shared among those that hold it. */
  private returnsMs(nowMs: number, node: PlannedNode, model: string): number {
    let wanted = false;
    for (const { models, waiting, all, next } of this.groups.values()) {
      if (!models.includes(model)) continue;
      wanted ||= waiting.length > 0 || (all[next]?.arrivalMs ?? Infinity) < nowMs + returnMs;
    }
    if (!wanted) return 0;
    let copies = 0;
    for (const { residency } of this.nodes.values()) if (holds(residency, model)) copies += 1;
    return this.loadMs({ ...node, residency: emptyResidency(0) }, [model]) / Math.max(1, copies);
  }

  private begin(nowMs: number, { node, group, job }: Plan): Action {
    group.waiting.splice(group.waiting.indexOf(job), 1);
    node.readyMs = nowMs + this.loadMs(node, job.models) + job.baseMs / node.spec.speed;
    useModels(node.residency, job.models, (model) => this.models.get(model)!.sizeBytes);
    return { kind: 'run', jobId: job.id, nodeId: node.spec.id };
  }

  private groupOf({ models }: TraceJob): Group {
    const key = models.join('+');
    const known = this.groups.get(key);
    if (known) return known;
    const group: Group = { models, waiting: [], all: [], next: 0 };
    this.groups.set(key, group);
    return group;
  }
}

interface View {
  nowMs: number;
  horizonMs: number;
  /** Jobs to come that another node waits for. */
  promised: ReadonlySet<TraceJob>;
  /** So many of the waiting ones are left to others. */
  skipped: number;
}

/** The jobs of a group in the order in which one node would do them: of those that are there by then, the shortest. */
class Supply {
  private waitingAt: number;
  private comingAt: number;
  private readonly arrived: TraceJob[] = [];

  constructor(
    private readonly group: Group,
    private readonly view: View,
  ) {
    this.waitingAt = view.skipped;
    this.comingAt = group.next;
  }

  /** The job to do `atMs` from now; one that is still to come only if no other is there. */
  next(atMs: number): TraceJob | undefined {
    this.takeIn(atMs);
    if (this.isEmpty()) this.takeIn(this.nextArrivalMs());
    const waiting = this.group.waiting[this.waitingAt];
    if (!waiting || (this.arrived[0] && this.arrived[0].baseMs < waiting.baseMs)) return this.arrived.shift();
    this.waitingAt += 1;
    return waiting;
  }

  private isEmpty(): boolean {
    return this.arrived.length === 0 && this.waitingAt >= this.group.waiting.length;
  }

  /** From now. */
  private nextArrivalMs(): number {
    const { nowMs, promised } = this.view;
    while (promised.has(this.group.all[this.comingAt]!)) this.comingAt += 1;
    return (this.group.all[this.comingAt]?.arrivalMs ?? Infinity) - nowMs;
  }

  private takeIn(untilMs: number): void {
    const { nowMs, horizonMs, promised } = this.view;
    const lastMs = nowMs + Math.min(untilMs, horizonMs);
    const { all } = this.group;
    for (; this.comingAt < all.length && all[this.comingAt]!.arrivalMs <= lastMs; this.comingAt += 1)
      if (!promised.has(all[this.comingAt]!)) insert(this.arrived, all[this.comingAt]!);
  }
}

function newNode(spec: TraceNode): PlannedNode {
  return { spec, readyMs: 0, residency: emptyResidency(spec.vramBytes) };
}

function insert(jobs: TraceJob[], job: TraceJob): void {
  const at = jobs.findIndex((other) => other.baseMs > job.baseMs);
  jobs.splice(at < 0 ? jobs.length : at, 0, job);
}
