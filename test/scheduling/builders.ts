/** Nodes, classes and jobs with everything filled in, for tests that care about one field. */
import {
  createScheduler,
  decide,
  type ClassSpec,
  type NodeSpec,
  type PlaceDecision,
  type QueuedJob,
  type SchedulerState,
  type SchedulingEvent,
  type SchedulingOptions,
} from '../../src/modules/scheduling/index.js';

export function inventory(
  models: readonly string[],
  loras: readonly string[] = [],
  nodeTypes: readonly string[] = [],
) {
  const hash = JSON.stringify([models, loras, nodeTypes]);
  return { hash, models: new Set(models), loras: new Set(loras), nodeTypes: new Set(nodeTypes) };
}

export function nodeSpec(fields: Partial<NodeSpec> & { id: string }): NodeSpec {
  return {
    gpuClass: 'gpu',
    speedFactor: 1,
    weight: 1,
    vramBytes: 24e9,
    labels: {},
    pools: [],
    inventory: inventory(['a', 'b', 'c', 'd']),
    uploadBytesPerS: 1e8,
    failureProbability: 0,
    accepts: true,
    ...fields,
  };
}

export function classSpec(fields: Partial<ClassSpec> & { id: string }): ClassSpec {
  return {
    models: [fields.id],
    loras: [],
    nodeTypes: [],
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
    workUnits: 1,
    estimateMs: 60_000,
    avoidNodeIds: [],
    inputBytes: 0,
    inputsOnNodeIds: [],
    ...fields,
  };
}

/** A scheduler fed by events; the clock stands still until it is moved. */
export class Bench {
  readonly state: SchedulerState;
  nowMs = 1_000;

  constructor(options: Partial<SchedulingOptions> = {}) {
    this.state = createScheduler(options);
  }

  nodes(...specs: NodeSpec[]): this {
    for (const node of specs) this.send({ kind: 'node', node });
    return this;
  }

  classes(...specs: ClassSpec[]): this {
    for (const each of specs) this.send({ kind: 'class', class: each });
    return this;
  }

  /** All at once, so that they compete; returns where each was placed. */
  queue(...jobs: QueuedJob[]): Record<string, string> {
    const placed: Record<string, string> = {};
    for (const job of jobs)
      for (const each of this.send({ kind: 'job-queued', job })) placed[each.jobId] = each.nodeId;
    return placed;
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
    return decisions.filter((decision) => decision.kind === 'place');
  }
}

type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
