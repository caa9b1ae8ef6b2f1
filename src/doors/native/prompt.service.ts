/**
 * Takes ComfyUI prompts in: reads them without losing a digit, refuses what no node of the cluster could run in
 * ComfyUI's own words, and submits the rest. Nothing that could harm a node gets past here.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../../platform/fault.js';
import { SecretBox } from '../../platform/secrets/index.js';
import {
  asNumber,
  isJsonObject,
  isUiWorkflow,
  sanitiseExtraData,
  splitCredentials,
  stringifyJson,
} from '../../modules/comfyui/index.js';
import { GraphIntake, JobIntake, JobsService, type RunnableGraph } from '../../modules/jobs/index.js';
import type { Caller } from './domain/may-touch.js';
import { numberOf } from './domain/prompt-record.js';
import {
  invalidPrompt,
  invalidPromptId,
  noPrompt,
  type PromptError,
  usedPromptId,
} from '../../modules/comfyui/domain/index.js';
import { isUuid } from './domain/uuid.js';
import type { NodeErrors } from '../../modules/comfyui/domain/index.js';
import type { JsonText } from '../../modules/comfyui/domain/index.js';
import { FilesService } from './files.service.js';
import { WorkflowReader } from '../../modules/fleet/index.js';

export type PromptAnswer =
  | { ok: true; promptId: string; number: JsonText; nodeErrors: NodeErrors }
  | { ok: false; error: PromptError; nodeErrors: NodeErrors };

@Injectable()
export class PromptService {
  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(GraphIntake) private readonly graphs: GraphIntake,
    @Inject(JobIntake) private readonly intake: JobIntake,
    @Inject(FilesService) private readonly files: FilesService,
    @Inject(SecretBox) private readonly secretBox: SecretBox,
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
    const envelope = await this.converted(sent);
    if ('type' in envelope) return refused(envelope);
    const checked = await this.graphs.check(envelope.prompt, {
      targets: envelope.targets,
      files: {
        find: async (value) => this.files.findInput(caller, value),
        adopt: async (value) => this.files.adoptInput(value),
      },
    });
    if (!checked.ok) return { ok: false, error: checked.error, nodeErrors: checked.nodeErrors };
    // An id that the client chose may be another job's, whose events must not go astray.
    if (!envelope.isNamed) accepted(envelope.promptId, envelope.clientId);
    return this.enqueue(envelope, checked, caller);
  }

  /** What the editor saved is taken as the prompt that it would have queued. */
  private async converted(envelope: Envelope): Promise<Envelope | PromptError> {
    try {
      const read = await this.workflows.read(envelope.prompt);
      const extraData = this.workflows.extraDataOf(read, envelope.extraData) ?? envelope.extraData;
      return { ...envelope, prompt: read.graph, extraData };
    } catch (error) {
      if (error instanceof Fault) return invalidPrompt(error.message);
      throw error;
    }
  }

  private async enqueue(envelope: Envelope, graph: RunnableGraph, caller: Caller): Promise<PromptAnswer> {
    const { promptId, clientId, number, front, extraData, secrets } = envelope;
    if (envelope.isNamed && (await this.jobs.isArchived(promptId))) return refused(usedPromptId);
    const sealed =
      Object.keys(secrets).length === 0 ? null : await this.secretBox.seal(stringifyJson(secrets));
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
          secrets: sealed,
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

interface Envelope {
  prompt: unknown;
  promptId: string;
  /** The client chose the id. */
  isNamed: boolean;
  clientId: string | null;
  number: number | null;
  front: boolean;
  targets: string[] | undefined;
  extraData: Record<string, unknown>;
  secrets: Record<string, unknown>;
}

/** In ComfyUI's order: number, prompt, id. What it answers with a bare 500 is a 400 that tells why. */
function readEnvelope(sentBody: unknown): Envelope | PromptError {
  const body = isUiWorkflow(sentBody) ? { prompt: sentBody } : sentBody;
  if (body === undefined) return invalidPrompt('The request body is not valid JSON');
  if (!isJsonObject(body) || !('prompt' in body)) return noPrompt;
  const number = readNumber(body.number);
  if (number === undefined) return invalidPrompt('number must be a number');
  const promptId = body.prompt_id ?? crypto.randomUUID();
  if (!isUuid(promptId)) return invalidPromptId;
  const sent = body.extra_data ?? {};
  if (!isJsonObject(sent)) return invalidPrompt('extra_data must be an object');
  const clientId = body.client_id ?? sent.client_id ?? null;
  if (clientId !== null && (typeof clientId !== 'string' || clientId.length > 256))
    return invalidPrompt('client_id must be a string');
  const checked = sanitiseExtraData(sent);
  if (!checked.ok) return invalidPrompt(checked.message);
  const targets = body.partial_execution_targets ?? undefined;
  if (targets !== undefined && !Array.isArray(targets))
    return invalidPrompt('partial_execution_targets must be a list of node ids');
  return {
    prompt: body.prompt,
    promptId,
    isNamed: promptId === body.prompt_id,
    clientId,
    number,
    front: isTrue(body.front),
    targets: targets?.map(String),
    ...splitExtra(checked.extraData),
  };
}

/** Undefined for what is no number; null for none. */
function readNumber(value: unknown): number | null | undefined {
  if (value === undefined) return null;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : asNumber(value);
  return number !== undefined && Number.isFinite(number) ? number : undefined;
}

/** Python's truth. */
const isTrue = (value: unknown): boolean => Boolean(value) && asNumber(value) !== 0;

/** Without what the server sets itself. */
function splitExtra(all: Record<string, unknown>) {
  const entries = Object.entries(all).filter(([key]) => key !== 'client_id' && key !== 'create_time');
  const { extraData, credentials } = splitCredentials(Object.fromEntries(entries));
  return { extraData, secrets: credentials };
}

function workflowIdOf({ extra_pnginfo: info }: Record<string, unknown>): string | null {
  const workflow = isJsonObject(info) ? info.workflow : undefined;
  return isJsonObject(workflow) && typeof workflow.id === 'string' ? workflow.id : null;
}

const refused = (error: PromptError): PromptAnswer => ({ ok: false, error, nodeErrors: {} });
