import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { secondsBuckets } from '../../platform/metrics/index.js';
import { attemptOutcomes, type AttemptOutcome, isTerminal, type JobState, jobStates } from '../jobs/index.js';
import type { WaitingReason } from '../scheduling/index.js';
import { WorkflowCatalogue } from '../workflows/index.js';
import { TenantMetrics } from './tenant.metrics.js';

/** Whose job it is. */
interface Belonging {
  workflow: string | null;
  tenantId: string;
}

const waitingKinds: Record<WaitingReason['kind'], true> = {
  'no-feasible-node': true,
  'no-node-accepts': true,
  'tenant-limit': true,
  'workflow-limit': true,
  held: true,
  reserved: true,
  'all-busy': true,
  'in-turn': true,
};

/** What the scheduler decided and how jobs ended. */
@Injectable()
export class DispatchMetrics {
  private readonly attempts: Counter<'outcome' | 'workflow'>;
  private readonly jobs: Counter<'outcome' | 'workflow'>;
  private readonly wait: Histogram<'workflow'>;
  private readonly placements: Counter<'models' | 'workflow'>;
  private readonly waiting: Gauge<'reason'>;
  private readonly turn: Histogram;

  constructor(
    @Inject(Registry) registry: Registry,
    @Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue,
    @Inject(TenantMetrics) private readonly tenants: TenantMetrics,
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
    this.placements = new Counter({
      name: 'comfymux_placements_total',
      help: "Jobs given to a node that has their models in memory (`models` is `resident`) or has to load some (`loaded`: a model switch), as far as the leader knows the nodes' memory.",
      labelNames: ['models', 'workflow'],
      registers,
    });
    this.waiting = new Gauge({
      name: 'comfymux_jobs_waiting',
      help: "Jobs that the leader's last turn looked at (the first of each class) and left waiting, by why. 0 on replicas that do not lead.",
      labelNames: ['reason'],
      registers,
    });
    this.turn = new Histogram({
      name: 'comfymux_scheduler_turn_seconds',
      help: "One turn of the leader: reading the queue, deciding, writing what was decided. Also the leader's sign of life.",
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    });
    this.jobsWait([]);
    this.beginAtZero();
  }

  /** For Prometheus, a counter that first appears at 1 has not increased. */
  private beginAtZero(): void {
    for (const workflow of this.catalogue.metricLabels()) {
      for (const outcome of attemptOutcomes) this.attempts.inc({ outcome, workflow }, 0);
      for (const outcome of jobStates.filter(isTerminal)) this.jobs.inc({ outcome, workflow }, 0);
    }
  }

  attemptClosed(outcome: AttemptOutcome, workflow: string | null): void {
    this.attempts.inc({ outcome, workflow: this.catalogue.labelOf(workflow) });
  }

  jobMoved(state: JobState, { workflow, tenantId }: Belonging): void {
    if (isTerminal(state)) this.jobs.inc({ outcome: state, workflow: this.catalogue.labelOf(workflow) });
    this.tenants.jobMoved(state, tenantId);
  }

  /** A job got a node for the first time, or again. */
  placed(placement: Belonging & { waitMs: number; loadsModels: boolean }): void {
    const workflow = this.catalogue.labelOf(placement.workflow);
    this.wait.observe({ workflow }, placement.waitMs / 1000);
    this.tenants.placed(placement.waitMs, placement.tenantId);
    this.placements.inc({ workflow, models: placement.loadsModels ? 'loaded' : 'resident' });
  }

  /** Why the jobs wait that a turn left waiting; none when this replica does not lead. */
  jobsWait(kinds: Iterable<WaitingReason['kind']>): void {
    for (const reason of Object.keys(waitingKinds)) this.waiting.set({ reason }, 0);
    for (const reason of kinds) this.waiting.inc({ reason });
  }

  /** A turn counts when what is answered here is called at its end. */
  turnBegins(): () => void {
    return this.turn.startTimer();
  }
}
