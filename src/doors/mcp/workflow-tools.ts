/** A tool for each workflow in service: its inputs are the arguments, its result what the job made. */
import { Inject, Injectable } from '@nestjs/common';
import { JobIntake, JobsService, type JobView } from '../../modules/jobs/index.js';
import {
  inputsJsonSchema,
  WorkflowCatalogue,
  type WorkflowDefinition,
} from '../../modules/workflows/index.js';
import { signalWithin } from '../../platform/lifecycle/index.js';
import { toolNames } from './domain/tool-name.js';
import { Results } from './results.js';
import { textResult, type Tool, type ToolCall } from './tool.js';

/** A client that has gone away stays away; the job goes on, and can be asked for. */
const patienceMs = 15 * 60_000;

@Injectable()
export class WorkflowTools {
  constructor(
    @Inject(JobIntake) private readonly intake: JobIntake,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue,
    @Inject(Results) private readonly results: Results,
  ) {}

  all(taken: readonly string[]): Tool[] {
    const definitions = new Map(this.catalogue.list().map((definition) => [definition.name, definition]));
    return [...toolNames([...definitions.keys()], taken)].flatMap(([name, workflow]) => {
      const definition = definitions.get(workflow);
      return definition ? [this.toolOf(name, definition)] : [];
    });
  }

  private toolOf(name: string, { manifest }: WorkflowDefinition): Tool {
    return {
      needs: { verb: 'submit', kind: 'job' },
      description: {
        name,
        title: manifest.title,
        description: `${manifest.description || manifest.title} Runs on the cluster and answers with the result; a long run can be asked for with job_status.`,
        inputSchema: { ...inputsJsonSchema(manifest), type: 'object' },
        annotations: {
          readOnlyHint: false,
          destructiveHint: false,
          idempotentHint: false,
          openWorldHint: false,
        },
      },
      call: async (call) => this.run(manifest.name, call),
    };
  }

  private async run(workflow: string, { args, baseUrl, signal, progress }: ToolCall) {
    const { jobId } = await this.intake.submitWorkflow({ door: 'mcp', workflow, inputs: args });
    let last: JobView | undefined;
    for await (const view of this.jobs.watch(jobId, signalWithin(patienceMs, signal))) {
      last = view;
      if (view.finishedAt) return this.results.of(view, baseUrl);
      await progress(view.progress ?? 0, `job ${jobId} is ${view.started ? 'running' : view.state}`);
    }
    return textResult(
      JSON.stringify({
        job: jobId,
        state: last?.state ?? 'queued',
        note: 'It goes on: ask with job_status.',
      }),
    );
  }
}
