/** What `POST /v1/jobs` and its kin submit: a named workflow with inputs, or a graph in either format, and how it is to run. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { WorkflowReader } from '../../../modules/fleet/index.js';
import {
  type BroughtFiles,
  CredentialIntake,
  GraphFiles,
  GraphIntake,
  JobIntake,
  OutgoingWishes,
  type Prepared,
  type Reuse,
  SharedWork,
} from '../../../modules/jobs/index.js';
import { jsonOf } from '../../kit/index.js';
import { Fault } from '../../../platform/fault.js';
import { required } from '../refused-graph.js';
import { idempotencyOf } from './idempotency.js';
import { type Order, readSubmission, type ReadSubmission } from './read-submission.js';

/** What every job may have, whatever it runs. */
type Common = Awaited<ReturnType<JobSubmissions['common']>> & {
  idempotency?: Awaited<ReturnType<typeof idempotencyOf>>;
};

interface Submitted {
  jobId: string;
  isReused: boolean;
}

@Injectable()
export class JobSubmissions {
  constructor(
    @Inject(JobIntake) private readonly intake: JobIntake,
    @Inject(GraphIntake) private readonly graphs: GraphIntake,
    @Inject(OutgoingWishes) private readonly outgoing: OutgoingWishes,
    @Inject(CredentialIntake) private readonly credentials: CredentialIntake,
    @Inject(WorkflowReader) private readonly workflows: WorkflowReader,
    @Inject(GraphFiles) private readonly files: GraphFiles,
    @Inject(SharedWork) private readonly work: SharedWork,
  ) {}

  /** `isReused`: it is a job that was there. `baseUrl` is that of the links in what is told. */
  async submit(request: FastifyRequest<{ Body: Buffer | undefined }>, baseUrl: string): Promise<Submitted> {
    const read = readSubmission(await jsonOf(request.body ?? ''));
    const common = { ...(await this.common(read.order, baseUrl)), idempotency: await idempotencyOf(request) };
    const before = await this.intake.submittedBefore(common);
    if (before) return { jobId: before.jobId, isReused: false };
    return this.enter(await this.prepare(read, common), read.order.reuse);
  }

  private async enter(prepared: Prepared, reuse: Reuse | undefined): Promise<Submitted> {
    if (reuse === undefined) return { ...(await this.intake.submit(prepared)), isReused: false };
    if (prepared.order.webhook ?? prepared.order.deliver)
      throw new Fault('unprocessable', 'The request does not fit its schema.', [
        { pointer: '/reuse', detail: 'a job that may be shared has no webhook or deliveries of its own' },
      ]);
    return this.work.share(prepared, reuse, async () => this.intake.submit(prepared));
  }

  /** What every job may have, whatever it runs. */
  async common(
    order: Pick<Order, 'tenant' | 'priority' | 'deadline' | 'labels' | 'webhook' | 'deliver'>,
    baseUrl: string,
  ) {
    return {
      door: 'v1',
      tenantId: order.tenant,
      priority: order.priority,
      deadline: order.deadline === undefined ? undefined : new Date(order.deadline),
      labels: order.labels,
      ...(await this.outgoing.take(order, baseUrl)),
    };
  }

  /** All but its place in the record; `brought` are the files of other jobs of the same request. */
  async prepare({ raw, order }: ReadSubmission, common: Common, brought?: BroughtFiles): Promise<Prepared> {
    if (!('workflow' in order)) return this.prepareGraph(raw, common, brought);
    const { workflow } = order;
    return this.intake.prepareWorkflow({ ...common, workflow, inputs: raw.inputs ?? {}, brought });
  }

  /** A graph in either format: what the editor saved is converted, files in it are brought here. */
  private async prepareGraph(
    { graph: sent, extra_data: given }: ReadSubmission['raw'],
    common: Common,
    brought?: BroughtFiles,
  ): Promise<Prepared> {
    const read = await this.workflows.read(sent);
    const extra = await this.credentials.sealed(this.workflows.extraDataOf(read, given));
    const { graph, ...files } = await this.files.take(read.graph, brought);
    const checked = required(await this.graphs.check(graph, { files }));
    return this.intake.prepareGraph({ ...common, ...extra, graph: checked });
  }
}
