/** Reads what `POST /v1/jobs` and its kin are sent: a named workflow with inputs, or a graph in either format, and how it is to run. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { isJsonObject, isUiWorkflow, toPlain } from '../../../modules/comfyui/index.js';
import { WorkflowReader } from '../../../modules/fleet/index.js';
import {
  CredentialIntake,
  GraphFiles,
  GraphIntake,
  type GraphSubmission,
  JobIntake,
  WebhookIntake,
} from '../../../modules/jobs/index.js';
import { jsonOf } from '../../kit/index.js';
import { Fault } from '../../../platform/fault.js';
import { required } from '../refused-graph.js';
import { idempotencyOf } from './idempotency.js';
import { graphJobSchema, type newJobSchema, workflowJobSchema } from './jobs.schemas.js';

type Order = z.output<typeof newJobSchema>;
interface Raw {
  graph?: unknown;
  inputs?: Record<string, unknown>;
  extra_data?: Record<string, unknown>;
}

@Injectable()
export class JobSubmissions {
  constructor(
    @Inject(JobIntake) private readonly intake: JobIntake,
    @Inject(GraphIntake) private readonly graphs: GraphIntake,
    @Inject(WebhookIntake) private readonly webhooks: WebhookIntake,
    @Inject(CredentialIntake) private readonly credentials: CredentialIntake,
    @Inject(WorkflowReader) private readonly workflows: WorkflowReader,
    @Inject(GraphFiles) private readonly files: GraphFiles,
  ) {}

  /** The id of the job. `baseUrl` is that of the links in what is told. */
  async submit(request: FastifyRequest<{ Body: Buffer | undefined }>, baseUrl: string): Promise<string> {
    const { raw, order } = await readSubmission(request.body);
    const common = { ...(await this.common(order, baseUrl)), idempotency: idempotencyOf(request) };
    const { jobId } =
      'workflow' in order
        ? await this.intake.submitWorkflow({ ...common, workflow: order.workflow, inputs: raw.inputs ?? {} })
        : await this.submitGraph(common, raw);
    return jobId;
  }

  /** What every job may have, whatever it runs. */
  async common(
    order: Pick<Order, 'tenant' | 'priority' | 'deadline' | 'labels' | 'webhook'>,
    baseUrl: string,
  ) {
    return {
      door: 'v1',
      tenantId: order.tenant,
      priority: order.priority,
      deadline: order.deadline === undefined ? undefined : new Date(order.deadline),
      labels: order.labels,
      webhook: await this.webhooks.take(order.webhook, baseUrl),
    };
  }

  /** A graph in either format: what the editor saved is converted, files in it are brought here. */
  private async submitGraph(common: Omit<GraphSubmission, 'graph'>, { graph: sent, extra_data: given }: Raw) {
    const before = await this.intake.submittedBefore(common);
    if (before) return before;
    const read = this.workflows.read(sent);
    const extra = await this.credentials.sealed(this.workflows.extraDataOf(read, given));
    const { graph, ...files } = await this.files.take(read.graph);
    const checked = required(await this.graphs.check(graph, { files }));
    return this.intake.submitGraph({ ...common, ...extra, graph: checked });
  }
}

/** Of these the schema asks only whether they are objects; they may be large. */
const large = new Set(['graph', 'inputs', 'extra_data']);

const plainOrder = (raw: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [
      key,
      large.has(key) && isJsonObject(value) ? value : toPlain(value),
    ]),
  );

/** One of the two, so that a mistake is told by its place instead of as "fits neither". */
function schemaFor(raw: unknown): z.ZodType<z.output<typeof newJobSchema>> {
  return isJsonObject(raw) && 'graph' in raw && !('workflow' in raw) ? graphJobSchema : workflowJobSchema;
}

/** `raw` keeps every digit of a graph's numbers; `order` is what the schema understood of the same text. */
async function readSubmission(body: Buffer | undefined) {
  const parsed = await jsonOf(body ?? '');
  // The editor's file itself is a graph too.
  const raw = isUiWorkflow(parsed) ? { graph: parsed } : parsed;
  const checked = schemaFor(raw).safeParse(isJsonObject(raw) ? plainOrder(raw) : raw);
  if (checked.success)
    return {
      raw: raw as Raw,
      order: checked.data,
    };
  throw new Fault(
    'unprocessable',
    'The request does not fit its schema: give either "workflow" and "inputs", or "graph".',
    checked.error.issues.map((issue) => ({
      pointer: issue.path.map((key) => `/${String(key)}`).join(''),
      detail: issue.message,
    })),
  );
}
