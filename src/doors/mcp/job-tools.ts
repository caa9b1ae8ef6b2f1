/** Tools on jobs and workflows themselves. */
import { Inject, Injectable } from '@nestjs/common';
import { JobsService, type JobView, Outlooks } from '../../modules/jobs/index.js';
import { WorkflowCatalogue } from '../../modules/workflows/index.js';
import { Fault } from '../../platform/fault.js';
import { etaOf } from '../kit/index.js';
import { Results } from './results.js';
import { textResult, type Tool } from './tool.js';

const byJob = {
  type: 'object' as const,
  properties: {
    job: { type: 'string', format: 'uuid', description: 'The id that the run of a workflow told.' },
  },
  required: ['job'],
  additionalProperties: false,
};
const nothing = { type: 'object' as const, properties: {}, additionalProperties: false };
const looks = { readOnlyHint: true };

@Injectable()
export class JobTools {
  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(Outlooks) private readonly outlooks: Outlooks,
    @Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue,
    @Inject(Results) private readonly results: Results,
  ) {}

  readonly all: readonly Tool[] = [
    {
      needs: { verb: 'read', kind: 'content' },
      description: {
        name: 'job_status',
        description: 'How a job stands, and what it made once it has ended.',
        inputSchema: byJob,
        annotations: looks,
      },
      call: async ({ args, baseUrl }) => this.results.of(await this.required(args), baseUrl),
    },
    {
      needs: { verb: 'cancel', kind: 'job' },
      description: {
        name: 'cancel_job',
        description: 'Cancel a job; one that has ended stays as it is.',
        inputSchema: byJob,
        annotations: { destructiveHint: true, idempotentHint: true },
      },
      call: async ({ args }) => {
        const { id } = await this.required(args);
        return textResult(JSON.stringify({ job: id, state: await this.jobs.cancel(id) }));
      },
    },
    {
      needs: { verb: 'read', kind: 'job' },
      description: {
        name: 'why_waiting',
        description: 'What a queued job waits for, its place in the queue, and when it should start and end.',
        inputSchema: byJob,
        annotations: looks,
      },
      call: async ({ args }) => textResult(JSON.stringify(await this.outlook(await this.required(args)))),
    },
    {
      needs: { verb: 'read', kind: 'catalogue' },
      description: {
        name: 'list_workflows',
        description: 'The workflows of the cluster: name, title, what they do and make.',
        inputSchema: nothing,
        annotations: looks,
      },
      call: async () => textResult(JSON.stringify(this.workflows())),
    },
  ];

  private workflows() {
    return this.catalogue.list().map(({ manifest: { name, title, description, outputs } }) => ({
      name,
      title,
      description,
      makes: [...new Set(outputs.map(({ kind }) => kind))],
    }));
  }

  private async outlook(view: JobView) {
    const outlook = await this.outlooks.of(view);
    return {
      job: view.id,
      state: view.state,
      waiting_for: outlook.waitingFor,
      queue_position: outlook.queuePosition,
      eta: etaOf(outlook),
    };
  }

  private async required({ job }: Record<string, unknown>): Promise<JobView> {
    const view = typeof job === 'string' ? await this.jobs.get(job) : null;
    if (view) return view;
    throw new Fault('not_found', 'There is no such job.');
  }
}
