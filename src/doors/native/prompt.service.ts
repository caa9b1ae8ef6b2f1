/**
 * Takes ComfyUI prompts in: reads them without losing a digit, refuses what no node of the cluster could run in
 * ComfyUI's own words, and submits the rest. Nothing that could harm a node gets past here.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../../platform/fault.js';
import { isJsonObject } from '../../modules/comfyui/index.js';
import {
  invalidPrompt,
  type JsonText,
  type NodeErrors,
  type PromptError,
  usedPromptId,
} from '../../modules/comfyui/domain/index.js';
import {
  CredentialIntake,
  GraphIntake,
  JobIntake,
  JobsService,
  type RunnableGraph,
} from '../../modules/jobs/index.js';
import type { Caller } from './domain/may-touch.js';
import { numberOf } from './domain/prompt-record.js';
import { type Envelope, readEnvelope } from './prompt-envelope.js';
import { FilesService } from './files.service.js';
import { WorkflowReader } from '../../modules/fleet/index.js';

export type PromptAnswer =
  | { ok: true; promptId: string; number: JsonText; nodeErrors: NodeErrors }
  | { ok: false; error: PromptError; nodeErrors: NodeErrors };

interface Converted {
  graph: unknown;
  extraData: Record<string, unknown>;
  credentials: Record<string, unknown>;
}

type CheckedPrompt = Envelope & Converted & { graph: RunnableGraph };

@Injectable()
export class PromptService {
  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(GraphIntake) private readonly graphs: GraphIntake,
    @Inject(JobIntake) private readonly intake: JobIntake,
    @Inject(FilesService) private readonly files: FilesService,
    @Inject(CredentialIntake) private readonly credentials: CredentialIntake,
    @Inject(WorkflowReader) private readonly workflows: WorkflowReader,
  ) {}

  /** `body`: parsed without loss of digits; undefined for what was no JSON. `accepted` is called with the id that a job is given here, before the job exists. Faults: queue_full and what the database says. */
  async submit(
    body: unknown,
    caller: Caller,
    accepted: (jobId: string, clientId: string | null) => void,
  ): Promise<PromptAnswer> {
    const sent = readEnvelope(body);
    if ('type' in sent) return refused(sent);
    const prompt = await this.converted(sent);
    if ('type' in prompt) return refused(prompt);
    const checked = await this.graphs.check(prompt.graph, {
      targets: sent.targets,
      files: {
        find: async (value) => this.files.findInput(caller, value),
        adopt: async (value) => this.files.adoptInput(value),
      },
    });
    if (!checked.ok) return { ok: false, error: checked.error, nodeErrors: checked.nodeErrors };
    // An id that the client chose may be another job's, whose events must not go astray.
    if (!sent.isNamed) accepted(sent.promptId, sent.clientId);
    return this.enqueue({ ...sent, ...prompt, graph: checked }, caller);
  }

  /** What the editor saved is taken as the prompt that it would have queued. */
  private async converted(envelope: Envelope): Promise<Converted | PromptError> {
    try {
      const { extraData, credentials } = await this.credentials.separate(envelope.extraData);
      const read = await this.workflows.read(envelope.prompt);
      return {
        graph: read.graph,
        extraData: this.workflows.extraDataOf(read, extraData) ?? extraData,
        credentials,
      };
    } catch (error) {
      if (error instanceof Fault) return invalidPrompt(error.message);
      throw error;
    }
  }

  private async enqueue(prompt: CheckedPrompt, caller: Caller): Promise<PromptAnswer> {
    const { promptId, clientId, number, front, graph, extraData } = prompt;
    if (prompt.isNamed && (await this.jobs.isArchived(promptId))) return refused(usedPromptId);
    const secrets = await this.credentials.seal(prompt.credentials);
    try {
      const { ticket } = await this.intake.submitGraph({
        door: 'native',
        id: promptId,
        graph,
        extraData,
        prompt: {
          place: caller.place,
          clientId,
          number,
          front,
          targets: graph.outputs,
          workflowId: workflowIdOf(extraData),
          secrets,
        },
      });
      return {
        ok: true,
        promptId,
        number: numberOf({ number, front, ticket: ticket ?? 1 }),
        nodeErrors: graph.nodeErrors,
      };
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.code === 'conflict') return refused(usedPromptId);
      if (error.code === 'invalid_graph' || error.code === 'unprocessable')
        return refused(invalidPrompt(error.message));
      throw error;
    }
  }
}

function workflowIdOf({ extra_pnginfo: info }: Record<string, unknown>): string | null {
  const workflow = isJsonObject(info) ? info.workflow : undefined;
  return isJsonObject(workflow) && typeof workflow.id === 'string' ? workflow.id : null;
}

const refused = (error: PromptError): PromptAnswer => ({ ok: false, error, nodeErrors: {} });
