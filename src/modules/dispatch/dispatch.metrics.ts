import { Inject, Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import type { AttemptOutcome, JobState } from '../jobs/index.js';
import { isTerminal } from '../jobs/index.js';
import { WorkflowCatalogue } from '../workflows/index.js';

/** From a thumbnail to an hour of video. */
const secondsBuckets = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600];

/** Counters of what dispatch did. Workflow labels are the catalogue's names, everything else is `graph`. */
@Injectable()
export class DispatchMetrics {
  private readonly attempts: Counter<'outcome' | 'workflow'>;
  private readonly jobs: Counter<'outcome' | 'workflow'>;
  private readonly wait: Histogram<'workflow'>;
  private readonly run: Histogram<'workflow' | 'node'>;
  private readonly gap: Histogram<'node'>;
  private readonly freedAtMs = new Map<string, number>();

  constructor(
    @Inject(Registry) registry: Registry,
    @Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue,
  ) {
    const registers = [registry];
    this.attempts = new Counter({
      name: 'comfymux_attempts_total',
      help: 'Closed attempts by outcome.',
      labelNames: ['outcome', 'workflow'],
      registers,
    });
    this.jobs = new Counter({
      name: 'comfymux_jobs_total',
      help: 'Jobs that ended, by outcome.',
      labelNames: ['outcome', 'workflow'],
      registers,
    });
    this.wait = new Histogram({
      name: 'comfymux_job_wait_seconds',
      help: 'From submit to the first placement.',
      labelNames: ['workflow'],
      buckets: secondsBuckets,
      registers,
    });
    this.run = new Histogram({
      name: 'comfymux_run_seconds',
      help: 'Successful runs, as the node measured them.',
      labelNames: ['workflow', 'node'],
      buckets: secondsBuckets,
      registers,
    });
    this.gap = new Histogram({
      name: 'comfymux_node_gap_seconds',
      help: 'From the end of a run to the acceptance of the next prompt, when its job was waiting already.',
      labelNames: ['node'],
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers,
    });
  }

  attemptClosed(outcome: AttemptOutcome, workflow: string | null): void {
    this.attempts.inc({ outcome, workflow: this.label(workflow) });
  }

  jobMoved(state: JobState, workflow: string | null): void {
    if (isTerminal(state)) this.jobs.inc({ outcome: state, workflow: this.label(workflow) });
  }

  placed(waitMs: number, workflow: string | null): void {
    this.wait.observe({ workflow: this.label(workflow) }, waitMs / 1000);
  }

  ran(runMs: number, workflow: string | null, node: string): void {
    this.run.observe({ workflow: this.label(workflow), node }, runMs / 1000);
  }

  /** The node's run is over. */
  slotFreed(node: string, atMs: number): void {
    this.freedAtMs.set(node, atMs);
  }

  /** A job that waited since before the slot was free ends the gap when its prompt is accepted; a newer one shows no gap. */
  slotFilled(node: string, atMs: number, waitedMs: number): void {
    const freedAtMs = this.freedAtMs.get(node);
    this.freedAtMs.delete(node);
    if (freedAtMs !== undefined && waitedMs >= atMs - freedAtMs)
      this.gap.observe({ node }, (atMs - freedAtMs) / 1000);
  }

  private label(workflow: string | null): string {
    return workflow !== null && this.catalogue.get(workflow) ? workflow : 'graph';
  }
}
