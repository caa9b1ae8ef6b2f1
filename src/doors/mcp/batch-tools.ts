/** One workflow with lists of values: many jobs as one, which an assistant follows and cancels together. */
import { Inject, Injectable } from '@nestjs/common';
import { currentTenant } from '../../modules/access/index.js';
import { isJsonObject } from '../../modules/comfyui/index.js';
import {
  type Batch,
  Batches,
  batchJobsMax,
  batchLengthMax,
  BroughtFiles,
  JobIntake,
  JobsService,
  type Prepared,
  sweep,
  type Values,
} from '../../modules/jobs/index.js';
import { Fault } from '../../platform/fault.js';
import { batchBodyOf } from '../kit/index.js';
import { textResult, type Tool, type ToolCall } from './tool.js';

const bySweep = {
  type: 'object' as const,
  properties: {
    workflow: { type: 'string', description: 'Its name, as list_workflows tells it.' },
    inputs: { type: 'object', description: 'What all the jobs share.' },
    sweep: {
      type: 'object',
      description: 'Lists of values by the names of inputs: {"seed": [1, 2, 3]}.',
      additionalProperties: { type: 'array', minItems: 1 },
    },
    mode: {
      type: 'string',
      enum: ['product', 'zip'],
      description: 'A job for each combination (the default), or for each place of the lists.',
    },
  },
  required: ['workflow', 'sweep'],
  additionalProperties: false,
};
const byBatch = {
  type: 'object' as const,
  properties: { batch: { type: 'string', format: 'uuid', description: 'The id that run_sweep told.' } },
  required: ['batch'],
  additionalProperties: false,
};

@Injectable()
export class BatchTools {
  constructor(
    @Inject(Batches) private readonly batches: Batches,
    @Inject(JobIntake) private readonly intake: JobIntake,
    @Inject(JobsService) private readonly jobs: JobsService,
  ) {}

  readonly all: readonly Tool[] = [
    {
      needs: { verb: 'submit', kind: 'job' },
      description: {
        name: 'run_sweep',
        description: `Run a workflow with lists of values, up to ${batchJobsMax} jobs: all of them or none. Answers at once; ask with batch_status.`,
        inputSchema: bySweep,
        annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
      },
      call: async (call) => this.told(await this.submit(call), call),
    },
    {
      needs: { verb: 'read', kind: 'job' },
      description: {
        name: 'batch_status',
        description: 'How the jobs of a batch stand, and where all their results are, as one archive.',
        inputSchema: byBatch,
        annotations: { readOnlyHint: true },
      },
      call: async (call) => this.told(await this.required(call), call),
    },
    {
      needs: { verb: 'cancel', kind: 'job' },
      description: {
        name: 'cancel_batch',
        description: 'Cancel the jobs of a batch that have not ended.',
        inputSchema: byBatch,
        annotations: { destructiveHint: true, idempotentHint: true },
      },
      call: async (call) => {
        const batch = await this.required(call);
        await this.jobs.cancelMany(batch.jobIds);
        return this.told(batch, call);
      },
    },
  ];

  private async submit({ args }: ToolCall): Promise<Batch> {
    const { workflow, inputs = {}, sweep: lists, mode = 'product' } = args;
    if (typeof workflow !== 'string' || !isJsonObject(inputs) || !isJsonObject(lists))
      throw new Fault('unprocessable', 'Give "workflow", and "sweep" with lists of values.');
    const made = sweep(lists, mode === 'zip' ? 'zip' : 'product', batchJobsMax);
    if (!made.ok)
      throw new Fault('unprocessable', `sweep${made.name ? `.${made.name}` : ''}: ${made.message}`);
    if (JSON.stringify(inputs).length * made.values.length > batchLengthMax)
      throw new Fault('payload_too_large', `The jobs hold ${batchLengthMax} characters together at most.`);
    const jobs = await this.prepareAll(workflow, inputs, made.values);
    return this.batches.submit({ tenantId: currentTenant(), idempotency: undefined, jobs });
  }

  private async prepareAll(workflow: string, shared: Values, values: readonly Values[]): Promise<Prepared[]> {
    const brought = new BroughtFiles();
    const jobs: Prepared[] = [];
    for (const own of values) {
      const inputs = { ...shared, ...own };
      jobs.push(await this.intake.prepareWorkflow({ door: 'mcp', workflow, inputs, brought }));
    }
    return jobs;
  }

  private async told(batch: Batch, { baseUrl }: ToolCall) {
    return textResult(JSON.stringify(batchBodyOf(batch, await this.batches.counts(batch), baseUrl)));
  }

  private async required({ args: { batch: id } }: ToolCall): Promise<Batch> {
    const batch = typeof id === 'string' ? await this.batches.find(id, 'job') : null;
    if (batch) return batch;
    throw new Fault('not_found', 'There is no such batch.');
  }
}
