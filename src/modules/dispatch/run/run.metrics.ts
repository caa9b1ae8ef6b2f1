/** How runs go, in all and at each node. A node's counters go when it leaves the registry, so that pools that come and go leave no series behind. */
import { Inject, Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import { secondsBuckets } from '../../../platform/metrics/index.js';
import type { Settled } from '../../comfyui/index.js';
import type { AttemptOutcome, OpenAttempt } from '../../jobs/index.js';
import { NodesService } from '../../nodes/index.js';
import { WorkflowCatalogue } from '../../workflows/index.js';
import { TenantMetrics } from '../tenant.metrics.js';

const faults = ['none', 'job', 'node'] as const;
type Fault = (typeof faults)[number];
const ofNode = new Set<AttemptOutcome>([
  'node_fault',
  'node_lost',
  'not_sent',
  'not_arrived',
  'timeout',
  'collect_error',
]);

/** A run that is followed here now. */
interface BusySpan {
  nodeId: string;
  countedUntilMs: number;
}

interface Tally {
  busyMs: number;
  attempts: Record<Fault, number>;
}

@Injectable()
export class RunMetrics {
  private readonly run: Histogram<'workflow'>;
  private readonly ratio: Histogram<'workflow'>;
  private readonly phases: Histogram<'phase'>;
  private readonly gap: Histogram;
  private readonly endedAtMs = new Map<string, number>();
  private readonly tallies = new Map<string, Tally>();
  private readonly spans = new Map<string, BusySpan>();
  private followedSinceMs: number | undefined;

  constructor(
    @Inject(Registry) registry: Registry,
    @Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(TenantMetrics) private readonly tenants: TenantMetrics,
  ) {
    const registers = [registry];
    this.run = new Histogram({
      name: 'comfymux_run_seconds',
      help: 'Successful runs, as their nodes measured them.',
      labelNames: ['workflow'],
      buckets: secondsBuckets,
      registers,
    });
    this.ratio = new Histogram({
      name: 'comfymux_run_estimate_ratio',
      help: 'Successful runs: measured time over the time that was expected at their placement, loading included; 1 is a perfect estimate.',
      labelNames: ['workflow'],
      buckets: [0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2, 4],
      registers,
    });
    this.phases = new Histogram({
      name: 'comfymux_attempt_phase_seconds',
      help: 'Phases of closed attempts: `send` from placement to acceptance by the node, `start` to the beginning of the run, `run` to its end, `collect` until the results are kept.',
      labelNames: ['phase'],
      buckets: secondsBuckets,
      registers,
    });
    this.gap = new Histogram({
      name: 'comfymux_node_gap_seconds',
      help: "From the end of a node's run to the start of its next one, by the node's own clock, when that one's job was waiting already.",
      buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers,
    });
    this.tellTallies(registers);
  }

  /** `expectedMs` is null where nobody expected anything. */
  ran(runMs: number, expectedMs: number | null, workflow: string | null): void {
    const label = { workflow: this.catalogue.labelOf(workflow) };
    this.run.observe(label, runMs / 1000);
    if (expectedMs !== null && expectedMs > 0) this.ratio.observe(label, runMs / expectedMs);
  }

  /**
   * The open attempts of this replica, at every look: busy time is counted as it passes, so that its rate is the utilisation while a
   * video runs, and never more than the time itself. Of a run that began before this replica followed it, only the rest is ours.
   */
  follow(attempts: Iterable<OpenAttempt>, nowMs: number): void {
    const open = new Set<string>();
    for (const attempt of attempts) {
      if (!attempt.runningAt) continue;
      open.add(attempt.promptId);
      this.countUntil(attempt, attempt.runningAt, attempt.collectingAt?.getTime() ?? nowMs);
    }
    for (const promptId of this.spans.keys()) if (!open.has(promptId)) this.spans.delete(promptId);
    this.followedSinceMs = nowMs;
  }

  private countUntil({ promptId, nodeId, tenantId }: OpenAttempt, runningAt: Date, untilMs: number): void {
    const from =
      this.spans.get(promptId)?.countedUntilMs ??
      Math.max(runningAt.getTime(), this.followedSinceMs ?? untilMs);
    const passedMs = Math.max(0, untilMs - from);
    this.tallyOf(nodeId).busyMs += passedMs;
    this.tenants.busy(passedMs, tenantId);
    this.spans.set(promptId, { nodeId, countedUntilMs: Math.max(from, untilMs) });
  }

  closed(attempt: OpenAttempt, outcome: AttemptOutcome, atMs: number): void {
    const { createdAt, acceptedAt, runningAt, collectingAt } = attempt;
    this.phase('send', createdAt, acceptedAt?.getTime());
    this.phase('start', acceptedAt, runningAt?.getTime());
    const runEndMs = collectingAt?.getTime() ?? atMs;
    this.phase('run', runningAt, runEndMs);
    this.phase('collect', collectingAt, atMs);
    const tally = this.tallyOf(attempt.nodeId);
    tally.attempts[outcome === 'ok' ? 'none' : ofNode.has(outcome) ? 'node' : 'job'] += 1;
    if (runningAt) this.countUntil(attempt, runningAt, runEndMs);
    this.spans.delete(attempt.promptId);
  }

  /** A run is over: it ends the gap since the one before it, if its job was there to be run all that time. */
  ended({ nodeId, queuedAt, runningAt }: OpenAttempt, { startedAtMs, endedAtMs }: Settled): void {
    const freedAtMs = this.endedAtMs.get(nodeId);
    if (endedAtMs !== undefined) this.endedAtMs.set(nodeId, endedAtMs);
    if (freedAtMs === undefined || startedAtMs === undefined) return;
    const gapMs = Math.max(0, startedAtMs - freedAtMs);
    const waitedMs = (runningAt ?? new Date()).getTime() - queuedAt.getTime();
    if (waitedMs >= gapMs) this.gap.observe(gapMs / 1000);
  }

  private phase(phase: string, from: Date | null, toMs: number | undefined): void {
    // The end may be told by another clock than the beginning.
    if (from && toMs !== undefined) this.phases.observe({ phase }, Math.max(0, toMs - from.getTime()) / 1000);
  }

  private tallyOf(node: string): Tally {
    const tally = this.tallies.get(node) ?? { busyMs: 0, attempts: { none: 0, job: 0, node: 0 } };
    this.tallies.set(node, tally);
    return tally;
  }

  private known(): Map<string, Tally> {
    for (const map of [this.tallies, this.endedAtMs])
      for (const node of map.keys()) if (!this.nodes.find(node)) map.delete(node);
    return this.tallies;
  }

  private tellTallies(registers: Registry[]): void {
    const known = (): Map<string, Tally> => this.known();
    const busySeconds = new Counter({
      name: 'comfymux_node_busy_seconds_total',
      help: 'Time the node spent on runs that this replica followed, counted as it passes; its rate, summed over the replicas, is the utilisation.',
      labelNames: ['node'],
      registers,
      collect() {
        this.reset();
        for (const [node, { busyMs }] of known()) busySeconds.inc({ node }, busyMs / 1000);
      },
    });
    const attempts = new Counter({
      name: 'comfymux_node_attempts_total',
      help: "Closed attempts by node and by whose fault they ended badly: `none`, the `job`'s, the `node`'s.",
      labelNames: ['node', 'fault'],
      registers,
      collect() {
        this.reset();
        for (const [node, tally] of known())
          for (const fault of faults) attempts.inc({ node, fault }, tally.attempts[fault]);
      },
    });
  }
}
