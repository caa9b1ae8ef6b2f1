/**
 * A cluster for property tests that keeps its own books beside the scheduler and checks every decision against them: what
 * is queued, what runs where, who is at a limit. What it finds wrong is collected in `broken`.
 */
import {
  assignTag,
  creditOf,
  createScheduler,
  decide,
  virtualTimeS,
  type Decision,
  type PlaceDecision,
  type QueuedJob,
  type Refusal,
  type SchedulerState,
  type SchedulingEvent,
  type SchedulingOptions,
} from '../../src/modules/scheduling/index.js';
import { byOrderKey, classSpec, nodeSpec, secondPerUnit } from './builders.js';
import type { Step } from './step.js';

export interface WorldNode {
  models: readonly string[];
  speed: number;
  slots: number;
}

const classModels: Readonly<Record<string, readonly string[]>> = {
  a: ['a'],
  b: ['b'],
  c: ['c'],
  ab: ['a', 'b'],
};
const unlimited = 1e9;

export class World {
  readonly broken: string[] = [];
  private readonly state: SchedulerState;
  private readonly queued = new Map<string, QueuedJob>();
  private readonly running = new Map<string, { job: QueuedJob; nodeId: string }>();
  private readonly accepting: boolean[];
  private readonly vfinishS = new Map<string, number>();
  private readonly maxActive = new Map<string, number>();
  private readonly held = new Map<string, number>();
  /** Runs whose own progress told that they end within seconds. */
  private readonly nearlyOver = new Set<string>();
  private nowMs = 1_000;
  private wakeAtMs = Infinity;
  private submitted = 0;

  constructor(
    private readonly nodes: readonly WorldNode[],
    options: Partial<SchedulingOptions>,
  ) {
    this.state = createScheduler(options, { runTimes: secondPerUnit() });
    this.accepting = nodes.map(() => true);
    for (const [id, models] of Object.entries(classModels)) {
      this.send({ kind: 'class', nowMs: this.nowMs, class: classSpec({ id, models }) });
    }
    for (let at = 0; at < nodes.length; at += 1) this.declare(at);
    for (const classId of Object.keys(classModels)) this.tellReadiness(classId);
  }

  apply(step: Step): void {
    switch (step.kind) {
      case 'submit':
        return this.submit(step);
      case 'end':
        return this.end(step.pick, step.outcome);
      case 'wait':
        this.advance(step.seconds * 1000);
        return this.send({ kind: 'tick', nowMs: this.nowMs });
      case 'toggle':
        return this.toggle(step.node % this.nodes.length);
      case 'cancel':
        return this.cancel(step.pick);
      case 'progress':
        return this.progress(step.pick);
      case 'limit':
        this.maxActive.set(step.tenant, step.maxActive);
        return this.tellLimit(step.tenant, step.maxActive);
    }
  }

  /** Lifts limits and drains and lets every run end, again and again. */
  runOut(): void {
    for (const tenantId of this.maxActive.keys())
      this.apply({ kind: 'limit', tenant: tenantId, maxActive: unlimited });
    for (const [at, accepts] of this.accepting.entries()) if (!accepts) this.toggle(at);
    for (let turn = 0; turn < 200 && this.running.size + this.queued.size > 0; turn += 1) {
      this.apply({ kind: 'end', pick: 0, outcome: 'ok' });
      this.apply({ kind: 'wait', seconds: 31 });
    }
  }

  /** Jobs that wait although some node could run them. */
  unserved(): string[] {
    return [...this.queued.values()]
      .filter((job) => this.nodes.some((_, at) => this.fits(job, at)))
      .map((job) => job.id);
  }

  private tellReadiness(classId: string): void {
    const refusals = Object.fromEntries(
      this.nodes.flatMap((_, at): [string, Refusal][] =>
        this.has(classId, at) ? [] : [[String(at), { filter: 'models', detail: classId }]],
      ),
    );
    this.send({ kind: 'readiness', nowMs: this.nowMs, classId, refusals });
  }

  private declare(at: number): void {
    const { speed } = this.nodes[at]!;
    const node = nodeSpec({
      id: String(at),
      gpuClass: `gpu-${speed}`,
      vramBytes: 24e9,
      accepts: this.accepting[at]!,
    });
    this.send({ kind: 'node', nowMs: this.nowMs, node });
  }

  private tellLimit(tenantId: string, maxActive: number): void {
    this.send({ kind: 'tenant', nowMs: this.nowMs, tenantId, maxActive });
  }

  private submit(step: Extract<Step, { kind: 'submit' }>): void {
    const creditS = creditOf(step.priority);
    const tag = assignTag({
      virtualS: virtualTimeS(this.state),
      vfinishS: this.vfinishS.get(step.tenant) ?? 0,
      weight: 1,
      clusterSpeed: this.nodes.length,
      estimateMs: step.seconds * 1000,
      creditS,
    });
    this.vfinishS.set(step.tenant, tag.vfinishS);
    const job: QueuedJob = {
      id: `job-${String(this.submitted++).padStart(3, '0')}`,
      classId: step.cls,
      tenantId: step.tenant,
      effKey: tag.effKey,
      creditS,
      enqueuedAtMs: this.nowMs,
      workUnits: step.seconds,
      avoidNodeIds: step.avoid === undefined ? [] : [String(step.avoid)],
      inputBytes: 0,
      inputsOnNodeIds: [],
    };
    this.queued.set(job.id, job);
    this.send(this.heads(job.classId));
  }

  /** Only what a node runs can end; what waits behind it moves up. */
  private end(pick: number, outcome: 'ok' | 'oom' | 'failed'): void {
    const runs = this.runs();
    const run = runs[pick % Math.max(1, runs.length)];
    if (!run) return;
    this.advance(5_000);
    this.running.delete(run.job.id);
    const { nodeId, job } = run;
    this.send({
      kind: 'attempt-closed',
      nowMs: this.nowMs,
      nodeId,
      jobId: job.id,
      outcome,
      runMs: job.workUnits * 900,
    });
  }

  private runs(): { job: QueuedJob; nodeId: string }[] {
    const first = new Map<string, { job: QueuedJob; nodeId: string }>();
    for (const run of this.running.values()) if (!first.has(run.nodeId)) first.set(run.nodeId, run);
    return [...first.values()];
  }

  /** Four steps that leave two seconds to go: slot 1 opens. */
  private progress(pick: number): void {
    const runs = this.runs();
    const run = runs[pick % Math.max(1, runs.length)];
    if (!run) return;
    for (let step = 1; step <= 4; step += 1) {
      this.advance(2_000);
      if (step >= 3) this.nearlyOver.add(run.job.id);
      this.send({
        kind: 'progress',
        nowMs: this.nowMs,
        nodeId: run.nodeId,
        jobId: run.job.id,
        step,
        steps: 5,
      });
    }
  }

  private toggle(at: number): void {
    this.accepting[at] = !this.accepting[at];
    this.declare(at);
  }

  private cancel(pick: number): void {
    const job = [...this.queued.values()][pick];
    if (!job) return;
    this.queued.delete(job.id);
    this.send(this.heads(job.classId));
  }

  /** Whoever asked to be woken meanwhile is. */
  private advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.wakeAtMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.wakeAtMs);
      this.wakeAtMs = Infinity;
      this.send({ kind: 'tick', nowMs: this.nowMs });
    }
    this.nowMs = untilMs;
  }

  /** Decisions are carried out in full before what they bring about is reported. */
  private send(event: SchedulingEvent): void {
    const pending = [event];
    for (let next = pending.shift(); next; next = pending.shift()) {
      const decisions = decide(this.state, next);
      const withdrawn =
        next.kind === 'attempt-closed' && next.outcome === 'withdrawn'
          ? this.running.get(next.jobId)?.job
          : undefined;
      if (withdrawn) this.running.delete(withdrawn.id);
      for (const decision of decisions) this.carryOut(decision, pending);
      if (withdrawn) this.requeue(withdrawn, pending);
    }
    this.checkIdle();
  }

  private carryOut(decision: Decision, pending: SchedulingEvent[]): void {
    switch (decision.kind) {
      case 'place':
        return this.place(decision);
      case 'load-heads':
        pending.push(this.heads(decision.classId, decision.excludeTenantIds));
        return undefined;
      case 'withdraw': {
        const { nodeId, jobId } = decision;
        pending.push({ kind: 'attempt-closed', nowMs: this.nowMs, nodeId, jobId, outcome: 'withdrawn' });
        return undefined;
      }
      case 'wake':
        this.wakeAtMs = decision.atMs;
        return undefined;
    }
  }

  private requeue(job: QueuedJob, pending: SchedulingEvent[]): void {
    this.queued.set(job.id, job);
    pending.unshift(this.heads(job.classId));
  }

  private heads(
    classId: string,
    excludeTenantIds = this.state.classById.get(classId)!.excluded,
  ): SchedulingEvent {
    const limit = this.state.options.windowSize;
    const all = [...this.queued.values()].filter((job) => job.classId === classId).toSorted(byOrderKey);
    const jobs = all.filter((job) => !excludeTenantIds.includes(job.tenantId)).slice(0, limit);
    return { kind: 'heads', nowMs: this.nowMs, classId, jobs, queued: all.length };
  }

  private place({ jobId, nodeId, slot }: PlaceDecision): void {
    const job = this.queued.get(jobId);
    if (!job) return this.fail(`${jobId} was not queued`);
    this.queued.delete(jobId);
    if (!this.fits(job, Number(nodeId))) this.fail(`${jobId} does not fit node ${nodeId}`);
    if (!this.accepting[Number(nodeId)]) this.fail(`node ${nodeId} takes no work`);
    if (this.atLimit(job.tenantId)) this.fail(`${job.tenantId} is at its limit`);
    const there = [...this.running.values()].filter((run) => run.nodeId === nodeId);
    if (there.length !== slot) this.fail(`node ${nodeId} ran ${there.length} when slot ${slot} was given`);
    if (slot === 1 && !this.nearlyOver.has(there[0]!.job.id))
      this.fail(`${jobId} was handed over behind a run whose end nobody knows`);
    this.checkOvertaking(job, Number(nodeId));
    this.running.set(jobId, { job, nodeId });
  }

  private checkOvertaking(job: QueuedJob, at: number): void {
    const { maxBiasS, maxSizeBiasS, holdMs } = this.state.options;
    for (const other of this.queued.values()) {
      if (!this.fits(other, at) || this.atLimit(other.tenantId)) continue;
      if (job.effKey > other.effKey + maxBiasS + maxSizeBiasS + holdMs / 1000)
        this.fail(`${job.id} overtook ${other.id}`);
    }
  }

  /** No idle node beside a job it could run, unless the job is held, for no longer than the hold in total. */
  private checkIdle(): void {
    for (const [at] of this.nodes.entries()) {
      if (!this.accepting[at] || [...this.running.values()].some((run) => run.nodeId === String(at)))
        continue;
      for (const job of this.queued.values()) {
        if (!this.fits(job, at) || this.atLimit(job.tenantId) || this.excused(job, at)) continue;
        this.fail(`node ${at} idles beside ${job.id}`);
      }
    }
  }

  private excused(job: QueuedJob, at: number): boolean {
    const cls = this.state.classById.get(job.classId)!;
    if (cls.loading) return true;
    const pinned = this.state.nodeById.get(String(at))!.pinnedFor;
    if (pinned && byOrderKey(pinned.spec, job) < 0) return true;
    const held = cls.hold?.job;
    if (!held) return false;
    const sinceMs = this.held.get(held.spec.id) ?? this.nowMs;
    this.held.set(held.spec.id, sinceMs);
    return this.nowMs < sinceMs + this.state.options.holdMs && byOrderKey(held.spec, job) <= 0;
  }

  /** A node on which the job failed will do if no other takes work. */
  private fits(job: QueuedJob, at: number): boolean {
    if (!this.has(job.classId, at)) return false;
    if (!job.avoidNodeIds.includes(String(at))) return true;
    return !this.nodes.some(
      (_, other) =>
        this.accepting[other] && this.has(job.classId, other) && !job.avoidNodeIds.includes(String(other)),
    );
  }

  private has(classId: string, at: number): boolean {
    const has = this.nodes[at]!.models;
    return classModels[classId]!.every((model) => has.includes(model));
  }

  private atLimit(tenantId: string): boolean {
    const active = [...this.running.values()].filter((run) => run.job.tenantId === tenantId).length;
    return active >= (this.maxActive.get(tenantId) ?? Infinity);
  }

  private fail(what: string): void {
    this.broken.push(what);
  }
}
