/**
 * The product's scheduler with the product's feed: it sees of the queue what `QueueWindows` has it read, in the turns in which the
 * service reads (an arrival, an end, a prompt taken back, each second), and hears of starts and progress in between. What the
 * dispatch module does with Postgres and sockets this does with a job store and simulated signals, and nothing else.
 */
import {
  assignTag,
  correctTag,
  createScheduler,
  creditOf,
  decide,
  defaultOptions,
  estimateRun,
  QueueWindows,
  runKeys,
  virtualTimeS,
  type Decision,
  type NodeSpec,
  type QueuedJob,
  type QueueWindow,
  type Refusal,
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
  private readonly store: JobStore;
  private readonly windows: QueueWindows<string, QueuedJob>;
  private readonly classIds = new Set<string>();
  private readonly tags = new Map<string, Tag>();
  private readonly charged = new Map<string, Charged>();
  private nextTickMs = 0;

  constructor(
    private readonly cluster: VisibleCluster,
    private readonly switches: OursSwitches,
  ) {
    this.state = createScheduler(switches.options);
    const { windowSize } = { ...defaultOptions, ...switches.options };
    this.store = new JobStore(windowSize);
    this.windows = new QueueWindows(windowSize);
    const sizesBytes = Object.fromEntries(cluster.models.map((model) => [model.name, model.sizeBytes]));
    decide(this.state, { kind: 'models', nowMs: 0, sizesBytes });
    for (const node of cluster.nodes) decide(this.state, { kind: 'node', nowMs: 0, node: nodeSpec(node) });
  }

  arrived(nowMs: number, job: VisibleJob): Action[] {
    this.store.add(this.admit(job));
    return this.turn(nowMs, this.classEvents(nowMs, job));
  }

  started(nowMs: number, nodeId: string, jobId: string): Action[] {
    this.charged.get(jobId)!.startedMs = nowMs;
    return this.hear({ kind: 'attempt-started', nowMs, nodeId, jobId });
  }

  /** As the product, which sees in a node's events what of a run was no work. */
  loaded(nowMs: number, _nodeId: string, jobId: string): Action[] {
    const charged = this.charged.get(jobId)!;
    charged.loadMs = nowMs - charged.startedMs;
    return [];
  }

  progressed(nowMs: number, nodeId: string, jobId: string, step: number, steps: number): Action[] {
    return this.hear({ kind: 'progress', nowMs, nodeId, jobId, step, steps });
  }

  ended(nowMs: number, nodeId: string, jobId: string, runMs: number): Action[] {
    const { job, estimateMs, warm, loadMs } = this.charged.get(jobId)!;
    this.charged.delete(jobId);
    if (warm) this.correct(job.tenantId, estimateMs, runMs);
    return this.turn(nowMs, [{ kind: 'attempt-closed', nowMs, nodeId, jobId, outcome: 'ok', runMs, loadMs }]);
  }

  withdrawn(nowMs: number, nodeId: string, { id }: VisibleJob): Action[] {
    this.store.add(this.charged.get(id)!.job);
    return this.turn(nowMs, [{ kind: 'attempt-closed', nowMs, nodeId, jobId: id, outcome: 'withdrawn' }]);
  }

  woken(nowMs: number): Action[] {
    return this.turn(nowMs, []);
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

  private classEvents(nowMs: number, job: VisibleJob): SchedulingEvent[] {
    const { profileId: classId, models } = job;
    if (this.classIds.has(classId)) return [];
    this.classIds.add(classId);
    const spec = { id: classId, models, loras: [], minVramBytes: 0, labels: {}, profileId: classId };
    const refusals = Object.fromEntries(
      this.cluster.nodes.flatMap((node): [string, Refusal][] => {
        const missing = models.find((model) => !node.models.includes(model));
        return missing === undefined ? [] : [[node.id, { filter: 'models', detail: missing }]];
      }),
    );
    return [
      { kind: 'class', nowMs, class: { ...spec, family: models[0]! } },
      { kind: 'readiness', nowMs, classId, refusals },
    ];
  }

  /** What the service does in a turn: everything that has changed at once, then the time. */
  private turn(nowMs: number, news: readonly SchedulingEvent[]): Action[] {
    const events = [...news, ...this.changedWindows(nowMs), { kind: 'tick' as const, nowMs }];
    const actions = this.hear({ kind: 'batch', nowMs, events });
    if (nowMs < this.nextTickMs) return actions;
    this.nextTickMs = nowMs + tickMs;
    return [...actions, { kind: 'wake', atMs: this.nextTickMs }];
  }

  private changedWindows(nowMs: number): SchedulingEvent[] {
    const { windows, store } = this;
    const prints = store.fingerprints();
    const read = [
      ...windows
        .stale(prints, this.state)
        .map((id) => windows.keep(id, store.heads(id), prints.get(id)!, nowMs)),
      ...windows
        .partial(this.state, nowMs)
        .map(({ classId, exceptTenants }) =>
          windows.keep(classId, store.heads(classId, exceptTenants), '', nowMs),
        ),
      ...windows.emptied(prints, nowMs),
    ];
    if (windows.countIsDue(nowMs)) read.push(...windows.counted(store.counts(), nowMs));
    return read.map((window) => this.windowEvent(window, nowMs));
  }

  private windowEvent(window: QueueWindow<string, QueuedJob>, nowMs: number): SchedulingEvent {
    return this.windows.event(window, window.heads, nowMs);
  }

  private hear(event: SchedulingEvent): Action[] {
    return decide(this.state, event).flatMap((decision) => this.carryOut(event.nowMs, decision));
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
        const { classId, excludeTenantIds } = decision;
        this.windows.exclude(classId, excludeTenantIds);
        const heads = this.store.heads(classId, excludeTenantIds);
        return this.hear(this.windowEvent(this.windows.keep(classId, heads, '', nowMs), nowMs));
      }
    }
  }
}

function nodeSpec(node: VisibleNode): NodeSpec {
  return {
    id: node.id,
    gpuClass: node.gpuClass,
    weight: 1,
    vramBytes: node.vramBytes,
    labels: {},
    pools: [],
    failureProbability: 0,
    accepts: true,
  };
}
