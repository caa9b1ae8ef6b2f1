/** Writes down a job as the record is to hold it: its kind, how long it will probably run, and what its caller said. */
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { currentPrincipal } from '../../access/index.js';
import { creditOf } from '../../scheduling/index.js';
import type { Requirements, WorkflowDefinition } from '../../workflows/index.js';
import { JobTraces } from '../following/job-traces.js';
import type { NewJob } from '../record/submit/new-job.js';
import { JobClasses } from './job-classes.js';
import { profileOf, RunEstimates } from './run-estimates.js';
import type { GraphSubmission, Submission } from './submissions.js';

/** What is to be run. */
export interface Work {
  requirements: Requirements;
  definition: WorkflowDefinition | null;
  /** Size of the run in the profile's units. */
  workUnits: number;
  input: NewJob['input'];
}

export type Order = Submission & Pick<GraphSubmission, 'id' | 'prompt'> & { tenantId: string };

/** All that a job is but its place in the record. */
export interface Prepared {
  order: Order;
  work: Work;
}

@Injectable()
export class JobDrafts {
  constructor(
    @Inject(JobClasses) private readonly classes: JobClasses,
    @Inject(RunEstimates) private readonly estimates: RunEstimates,
    @Inject(JobTraces) private readonly traces: JobTraces,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async draw({ order, work }: Prepared): Promise<NewJob> {
    const { requirements, definition, workUnits, input } = work;
    const runLimitMs = definition?.manifest.limits?.maxRunMs ?? null;
    const profile = profileOf(requirements, definition);
    const priority = order.priority ?? 0;
    return {
      id: order.id ?? uuidv7(),
      tenantId: order.tenantId,
      classId: await this.classes.idOf(requirements, definition),
      runLimitMs,
      door: order.door,
      principalId: currentPrincipal()?.id ?? null,
      workflow: definition?.name ?? null,
      priority,
      creditS: creditOf(priority, this.config.SCHEDULING_CREDITS_S),
      estimateMs: this.estimates.meanMs(profile, workUnits, runLimitMs),
      workUnits,
      traceparent: this.traces.current(),
      ...wishesOf(order),
      input,
    };
  }

  /** The record knows the job's kind no more: the next draft makes it again. */
  kindForgotten({ classId }: NewJob): void {
    this.classes.missed(classId);
  }
}

/** Null where the caller said nothing. */
const wishesOf = ({ deadline, labels, idempotency, prompt, webhook, deliver }: Order) => ({
  deadline: deadline ?? null,
  labels: labels ?? null,
  idempotency: idempotency ?? null,
  prompt: prompt ?? null,
  webhook: webhook ?? null,
  deliver: deliver ?? null,
});
