/** Nodes, classes and jobs with everything filled in, for tests that care about one field. */
import {
  createScheduler,
  runTimesOf,
  decide,
  type ClassSpec,
  type NodeSpec,
  type PlaceDecision,
  type QueuedJob,
  type SchedulerState,
  type SchedulingEvent,
  type Refusal,
  type RunTimes,
  type SchedulingOptions,
} from '../../src/modules/scheduling/index.js';

export function nodeSpec(fields: Partial<NodeSpec> & { id: string }): NodeSpec {
  return {
    gpuClass: 'gpu',
    weight: 1,
    vramBytes: 24e9,
    labels: {},
    pools: [],
    failureProbability: 0,
    accepts: true,
    ...fields,
  };
}

export function classSpec(fields: Partial<ClassSpec> & { id: string }): ClassSpec {
  return {
    models: [fields.id],
    loras: [],
    minVramBytes: 0,
    labels: {},
    profileId: fields.id,
    family: fields.id,
    ...fields,
  };
}

export function queuedJob(fields: Partial<QueuedJob> & { id: string; classId: string }): QueuedJob {
  return {
    tenantId: 'tenant',
    effKey: 0,
    creditS: 0,
    enqueuedAtMs: 0,
    workUnits: 60,
    avoidNodeIds: [],
    inputBytes: 0,
    inputsOnNodeIds: [],
    ...fields,
  };
}

const gpuClasses = ['gpu', 'one', 'gpu-1', 'gpu-0.65', 'gpu-0.45'];

/** What a scheduler has learned that expects a second for each unit of work, whatever the profile; so many times that on some GPUs. */
export function secondPerUnit(slowness: Readonly<Record<string, number>> = {}): RunTimes {
  const certain = { p00: 0, p01: 0, p11: 0, variance: 0.25 };
  const decades = Array.from({ length: 16 }, (_, at) => at - 10);
  const entries = gpuClasses.flatMap((gpu) => {
    const intercept = Math.log(1_000 * (slowness[gpu] ?? 1));
    const regression = { samples: 3, centre: 0, intercept, slope: 1 };
    return decades.map((decade) => [`g:${gpu}~${decade}`, { ...regression, ...certain }]);
  });
  return runTimesOf({ runTimes: Object.fromEntries(entries) });
}

/** A scheduler fed by events, with a table of jobs beside it; the clock stands still until it is moved. */
export class Bench {
  readonly state: SchedulerState;
  nowMs = 1_000;
  private readonly waiting = new Map<string, QueuedJob[]>();

  /** `learned`: by default that a unit of work takes a second. */
  constructor(
    options: Partial<SchedulingOptions> = {},
    learned: { runTimes?: RunTimes } = { runTimes: secondPerUnit() },
  ) {
    this.state = createScheduler(options, learned);
  }

  nodes(...specs: NodeSpec[]): this {
    for (const node of specs) this.send({ kind: 'node', node });
    return this;
  }

  classes(...specs: ClassSpec[]): this {
    for (const each of specs) this.send({ kind: 'class', class: each });
    return this;
  }

  /** One after the other; returns where each was placed. */
  queue(...jobs: QueuedJob[]): Record<string, string> {
    const placed: Record<string, string> = {};
    for (const job of jobs) for (const each of this.submit(job)) placed[each.jobId] = each.nodeId;
    return placed;
  }

  /** One job more waits. */
  submit(job: QueuedJob): PlaceDecision[] {
    const { classId } = job;
    const jobs = [...(this.waiting.get(classId) ?? []), job].toSorted(inOrder);
    this.waiting.set(classId, jobs);
    const window = jobs.slice(0, this.state.options.windowSize);
    return this.send({ kind: 'heads', classId, jobs: window, queued: jobs.length });
  }

  /** Nodes that lack a model of the class. */
  lack(classId: string, ...nodeIds: string[]): this {
    const refusal: Refusal = { filter: 'models', detail: classId };
    const refusals = Object.fromEntries(nodeIds.map((id) => [id, refusal]));
    this.send({ kind: 'readiness', classId, refusals });
    return this;
  }

  end(nodeId: string, jobId: string, runMs = 60_000): PlaceDecision[] {
    return this.send({ kind: 'attempt-closed', nodeId, jobId, outcome: 'ok', runMs });
  }

  tickAt(nowMs: number): PlaceDecision[] {
    this.nowMs = nowMs;
    return this.send({ kind: 'tick' });
  }

  send(event: DistributedOmit<SchedulingEvent, 'nowMs'>): PlaceDecision[] {
    const decisions = decide(this.state, { ...event, nowMs: this.nowMs });
    const placed = decisions.filter((decision) => decision.kind === 'place');
    for (const { classId, jobId } of placed)
      this.waiting.set(classId, this.waiting.get(classId)?.filter(({ id }) => id !== jobId) ?? []);
    return placed;
  }
}

function inOrder(a: QueuedJob, b: QueuedJob): number {
  return a.effKey - b.effKey || (a.id < b.id ? -1 : 1);
}

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** As the database sorts a class's waiting jobs. */
export function byOrderKey(a: { effKey: number; id: string }, b: { effKey: number; id: string }): number {
  return a.effKey - b.effKey || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
