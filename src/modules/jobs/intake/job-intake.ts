/**
 * Takes jobs in. What `submit…` has answered exists: the answer comes after the commit.
 *
 *   graph ──▶ GraphIntake ────┐
 *   workflow ─▶ WorkflowIntake ┴▶ draft ─▶ room in the queue ─▶ record ─▶ the scheduler is woken
 */
import { Inject, Injectable } from '@nestjs/common';
import { Notifications } from '../../../platform/database/index.js';
import { Fault } from '../../../platform/fault.js';
import { faults } from '../../../platform/crash-points/index.js';
import { checkSubmit, currentTenant, defaultTenantId, TenantsService } from '../../access/index.js';
import { samplingWork, stringifyInTurns } from '../../comfyui/index.js';
import { schedulerChannel } from '../channels.js';
import { type SubmitQuota, SubmitStore } from '../record/submit/submit.store.js';
import { SubmitQuotas } from './limits/submit-quotas.js';
import { JobDrafts, type Prepared, type Work } from './job-drafts.js';
import { QueueBounds } from './limits/queue-bounds.js';
import { refuseUnstorable } from './storable-labels.js';
import type { Accepted, GraphSubmission, Submission, WorkflowSubmission } from './submissions.js';
import { WorkflowIntake } from './workflow-intake.js';

@Injectable()
export class JobIntake {
  constructor(
    @Inject(WorkflowIntake) private readonly workflows: WorkflowIntake,
    @Inject(JobDrafts) private readonly drafts: JobDrafts,
    @Inject(QueueBounds) private readonly bounds: QueueBounds,
    @Inject(SubmitStore) private readonly store: SubmitStore,
    @Inject(TenantsService) private readonly tenants: TenantsService,
    @Inject(Notifications) private readonly notifications: Notifications,
    @Inject(SubmitQuotas) private readonly quotas: SubmitQuotas,
  ) {}

  /** Faults: not_found (workflow), unprocessable (inputs), forbidden, queue_full, quota_exceeded, conflict (idempotency key). */
  async submitWorkflow(submission: WorkflowSubmission): Promise<Accepted> {
    return (await this.submittedBefore(submission)) ?? this.submit(await this.prepareWorkflow(submission));
  }

  /** Faults: forbidden, queue_full, quota_exceeded, conflict (idempotency key, or id taken). */
  async submitGraph(submission: GraphSubmission): Promise<Accepted> {
    return this.submit(await this.prepareGraph(submission));
  }

  /** Nothing of it is in the record yet. Faults: not_found (workflow), unprocessable (inputs), forbidden. */
  async prepareWorkflow(submission: WorkflowSubmission): Promise<Prepared> {
    return this.prepared(submission, await this.workflows.fill(submission));
  }

  /** Fault forbidden. */
  async prepareGraph(submission: GraphSubmission): Promise<Prepared> {
    const { graph, text, requirements, assets } = submission.graph;
    const { extraData } = submission;
    return this.prepared(submission, {
      requirements,
      definition: null,
      workUnits: samplingWork(graph),
      input: {
        templateHash: null,
        params: null,
        graph: text,
        assets,
        extraData: extraData === undefined ? null : await stringifyInTurns(extraData),
      },
    });
  }

  /**
   * The job that this request made when it came before. Whoever submits a graph asks before he has it checked: what is repeated
   * is answered, whatever the nodes lack by now. Fault conflict: the key came with another body.
   */
  async submittedBefore(submission: Submission): Promise<Accepted | null> {
    if (!submission.idempotency) return null;
    const { key, requestHash } = submission.idempotency;
    const before = await this.store.findByKey(this.tenantOf(submission), key);
    if (before && before.requestHash !== requestHash)
      throw new Fault('conflict', 'this idempotency key was used for a request with another body', {
        jobId: before.jobId,
      });
    return before && { jobId: before.jobId, ticket: null };
  }

  /** Faults: queue_full, conflict (idempotency key, or id taken), unprocessable (a kind in quarantine). */
  async submit(prepared: Prepared): Promise<Accepted> {
    const job = await this.drafts.draw(prepared);
    faults.hit('job.submit.before_commit');
    const inserted = await this.bounds.within(job.tenantId, async () => this.store.insert(job));
    if (inserted === 'duplicate') throw new Fault('conflict', `there is a job with the id ${job.id} already`);
    if (inserted === 'classless') {
      this.drafts.kindForgotten(job);
      return this.submit(prepared);
    }
    // The same request came twice at once; a key that ran out since then is free again.
    if (inserted === 'repeated') return (await this.submittedBefore(prepared.order)) ?? this.submit(prepared);
    if (inserted === 'again') return this.submit(prepared);
    if ('exhausted' in inserted) return this.beyondQuota(prepared, inserted.exhausted);
    if ('quarantined' in inserted)
      throw new Fault('unprocessable', `jobs of this kind are quarantined: ${inserted.quarantined}`);
    faults.hit('job.submit.after_commit');
    this.notifications.notifyCoalesced(schedulerChannel);
    return { jobId: job.id, ticket: inserted.ticket };
  }

  /** What came before is answered, whatever the tenant may ask for by now. */
  private async beyondQuota({ order }: Prepared, quota: SubmitQuota): Promise<Accepted> {
    const before = await this.submittedBefore(order);
    if (before) return before;
    throw this.quotas.exceeded(order.tenantId, quota);
  }

  private prepared(submission: Submission & Pick<GraphSubmission, 'id' | 'prompt'>, work: Work): Prepared {
    refuseUnstorable(submission.labels);
    const tenantId = this.tenantOf(submission);
    checkSubmit({ workflow: work.definition?.name ?? null, jumps: jumps(submission) });
    return { order: { ...submission, tenantId }, work };
  }

  private tenantOf(submission: Submission): string {
    const tenantId = currentTenant(submission.tenantId);
    if (tenantId === defaultTenantId || this.tenants.find(tenantId)) return tenantId;
    throw new Fault('unprocessable', `there is no tenant "${tenantId}"`);
  }
}

/** It asks for a place before others. */
const jumps = ({ priority = 0, prompt }: Submission & Pick<GraphSubmission, 'prompt'>): boolean =>
  priority > 0 || (prompt !== undefined && (prompt.front || prompt.number !== null));
