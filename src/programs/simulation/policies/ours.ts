/**
 * The product's scheduler: `decide` with a table of jobs beside it. What the dispatch module does with Postgres and sockets
 * this does with a job store and simulated signals, and nothing else.
 */
import {
  assignTag,
  correctTag,
  createScheduler,
  creditOf,
  decide,
  estimateRun,
  runKeys,
  virtualTimeS,
  type Decision,
  type NodeSpec,
  type QueuedJob,
  type SchedulerState,
  type SchedulingEvent,
  type SchedulingOptions,
  type Tag,
} from '../../../modules/scheduling/index.js';
import type { Action, Policy, PolicyFactory, VisibleCluster } from '../policy.js';
import type { VisibleJob, VisibleNode } from '../trace.js';
import { JobStore } from './job-store.js';

export interface OursSwitches {
  options?: Partial<SchedulingOptions>;
  /** Fair tags per tenant (default), or order of arrival. */
  tags?: boolean;
  /** Listen to progress: live ends of runs, and slot 1 (default true). */
  live?: boolean;
}

const tickMs = 1_000;
const uploadBytesPerS = 1e8;

export function ours(switches: OursSwitches = {}): PolicyFactory {
  return (cluster) => {
    const policy = new Ours(cluster, switches);
    return switches.live === false ? withoutProgress(policy) : policy;
  };
}

function withoutProgress(policy: Ours): Policy {
  return {
    arrived: (nowMs, job) => policy.arrived(nowMs, job),
    started: (nowMs, nodeId, jobId) => policy.started(nowMs, nodeId, jobId),
    loaded: (nowMs, nodeId, jobId) => policy.loaded(nowMs, nodeId, jobId),
    ended: (nowMs, nodeId, jobId, runMs) => policy.ended(nowMs, nodeId, jobId, runMs),
    woken: (nowMs) => policy.woken(nowMs),
  };
}

interface Charged {
  job: QueuedJob;
  /** When its node began it, and how long that loaded models. */
  startedMs: number;
  loadMs: number;
  /** What the tenant was charged for. */
  estimateMs: number;
  warm: boolean;
}

class Ours implements Policy {
  private readonly state: SchedulerState;
  private readonly store = new JobStore();
  private readonly classIds = new Set<string>();
  private readonly tags = new Map<string, Tag>();
  private readonly charged = new Map<string, Charged>();
  private nextTickMs = 0;

  constructor(
    private readonly cluster: VisibleCluster,
    private readonly switches: OursSwitches,
  ) {
    this.state = createScheduler(switches.options);
    const sizesBytes = Object.fromEntries(cluster.models.map((model) => [model.name, model.sizeBytes]));
    decide(this.state, { kind: 'models', nowMs: 0, sizesBytes });
    for (const node of cluster.nodes) decide(this.state, { kind: 'node', nowMs: 0, node: nodeSpec(node) });
  }

  arrived(nowMs: number, job: VisibleJob): Action[] {
    this.declareClass(nowMs, job);
    return this.queue(nowMs, this.admit(job));
  }

  started(nowMs: number, nodeId: string, jobId: string): Action[] {
    this.charged.get(jobId)!.startedMs = nowMs;
    return this.send({ kind: 'attempt-started', nowMs, nodeId, jobId });
  }

  /** As the product, which sees in a node's events what of a run was no work. */
  loaded(nowMs: number, _nodeId: string, jobId: string): Action[] {
    const charged = this.charged.get(jobId)!;
    charged.loadMs = nowMs - charged.startedMs;
    return [];
  }

  progressed(nowMs: number, nodeId: string, jobId: string, step: number, steps: number): Action[] {
    return this.send({ kind: 'progress', nowMs, nodeId, jobId, step, steps });
  }

  ended(nowMs: number, nodeId: string, jobId: string, runMs: number): Action[] {
    const { job, estimateMs, warm, loadMs } = this.charged.get(jobId)!;
    this.charged.delete(jobId);
    if (warm) this.correct(job.tenantId, estimateMs, runMs);
    return this.send({ kind: 'attempt-closed', nowMs, nodeId, jobId, outcome: 'ok', runMs, loadMs });
  }

  withdrawn(nowMs: number, nodeId: string, { id }: VisibleJob): Action[] {
    const actions = this.send({ kind: 'attempt-closed', nowMs, nodeId, jobId: id, outcome: 'withdrawn' });
    return [...actions, ...this.queue(nowMs, this.charged.get(id)!.job)];
  }

  woken(nowMs: number): Action[] {
    return this.send({ kind: 'tick', nowMs });
  }

  private queue(nowMs: number, job: QueuedJob): Action[] {
    this.store.add(job);
    return this.send({ kind: 'job-queued', nowMs, job });
  }

  /** What the submit transaction does: estimate, fair tag, order key. */
  private admit(job: VisibleJob): QueuedJob {
    const estimateMs = this.meanEstimateMs(job);
    const creditS = creditOf(job.priority);
    const tag = assignTag({
      virtualS: virtualTimeS(this.state),
      vfinishS: this.tags.get(job.tenantId)?.vfinishS ?? -Infinity,
      weight: 1,
      clusterSpeed: this.cluster.nodes.length,
      estimateMs,
      creditS,
    });
    this.tags.set(job.tenantId, tag);
    const queued: QueuedJob = {
      id: job.id,
      classId: job.profileId,
      tenantId: job.tenantId,
      effKey: this.switches.tags === false ? job.arrivalMs / 1000 - creditS : tag.effKey,
      creditS,
      enqueuedAtMs: job.arrivalMs,
      workUnits: job.workUnits,
      avoidNodeIds: [],
      inputBytes: 0,
      inputsOnNodeIds: [],
    };
    this.charged.set(job.id, { job: queued, estimateMs, warm: false, startedMs: 0, loadMs: 0 });
    return queued;
  }

  private correct(tenantId: string, estimateMs: number, actualMs: number): void {
    const tenant = { weight: 1, clusterSpeed: this.cluster.nodes.length };
    const tag = this.tags.get(tenantId)!;
    tag.vfinishS = correctTag(tag, estimateMs, actualMs, tenant);
  }

  private meanEstimateMs(job: VisibleJob): number {
    const profile = { profileId: job.profileId, family: job.models[0]! };
    const estimates = this.cluster.nodes.map(
      (node) => estimateRun(this.state.runTimes, runKeys(profile, node.gpuClass), job.workUnits).p50Ms,
    );
    return estimates.reduce((sum, each) => sum + each, 0) / estimates.length;
  }

  private declareClass(nowMs: number, job: VisibleJob): void {
    if (this.classIds.has(job.profileId)) return;
    this.classIds.add(job.profileId);
    decide(this.state, {
      kind: 'class',
      nowMs,
      class: {
        id: job.profileId,
        models: job.models,
        loras: [],
        nodeTypes: [],
        minVramBytes: 0,
        labels: {},
        profileId: job.profileId,
        family: job.models[0]!,
      },
    });
  }

  private send(event: SchedulingEvent): Action[] {
    const actions = decide(this.state, event).flatMap((decision) => this.carryOut(event.nowMs, decision));
    if (event.nowMs < this.nextTickMs) return actions;
    this.nextTickMs = event.nowMs + tickMs;
    return [...actions, { kind: 'wake', atMs: this.nextTickMs }];
  }

  private carryOut(nowMs: number, decision: Decision): Action[] {
    switch (decision.kind) {
      case 'place':
        this.store.take(decision.jobId);
        this.charged.get(decision.jobId)!.warm = decision.terms.switchingS === 0;
        return [{ kind: 'run', jobId: decision.jobId, nodeId: decision.nodeId }];
      case 'withdraw':
        return [{ kind: 'withdraw', jobId: decision.jobId, nodeId: decision.nodeId }];
      case 'wake':
        return [{ kind: 'wake', atMs: decision.atMs }];
      case 'load-heads': {
        const { classId, limit, excludeTenantIds } = decision;
        return this.send({
          kind: 'heads',
          nowMs,
          classId,
          ...this.store.heads(classId, limit, excludeTenantIds),
        });
      }
    }
  }
}

function nodeSpec(node: VisibleNode): NodeSpec {
  return {
    id: node.id,
    gpuClass: node.gpuClass,
    speedFactor: 1,
    weight: 1,
    vramBytes: node.vramBytes,
    labels: {},
    pools: [],
    inventory: { hash: node.id, models: new Set(node.models), loras: new Set(), nodeTypes: new Set() },
    uploadBytesPerS,
    failureProbability: 0,
    accepts: true,
  };
}
