/** Finds the workflow that a model's name means, and submits it with what the client asked for. */
import { Inject, Injectable } from '@nestjs/common';
import { stringifyInTurns } from '../../modules/comfyui/index.js';
import { JobIntake } from '../../modules/jobs/index.js';
import {
  type OpenAiPlace,
  type WorkflowDefinition,
  WorkflowCatalogue,
  WorkflowLibrary,
} from '../../modules/workflows/index.js';
import { Fault } from '../../platform/fault.js';
import { sha256InTurns } from '../../platform/turns/index.js';
import { OpenAiError, unknownModel } from './domain/errors.js';
import { type Asked, modelInputs, nameOf } from './domain/model-inputs.js';

export const door = 'openai';
export type Kind = OpenAiPlace['as'];

export interface Model {
  definition: WorkflowDefinition;
  place: OpenAiPlace;
}

export interface Order {
  model: Model;
  name: string;
  asked: Asked;
  labels?: Record<string, string>;
  /** One client's name for the request; `no` tells its jobs apart. */
  key?: string | undefined;
  no?: number;
}

@Injectable()
export class Submissions {
  constructor(
    @Inject(JobIntake) private readonly intake: JobIntake,
    @Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue,
    @Inject(WorkflowLibrary) private readonly library: WorkflowLibrary,
  ) {}

  models(): WorkflowDefinition[] {
    return this.catalogue.list().filter(({ manifest }) => manifest.openai !== undefined);
  }

  /** Without a name the only model of the kind, if there is one. Throws OpenAiError. */
  async model(name: unknown, kinds: readonly Kind[]): Promise<Model & { name: string }> {
    const wanted = typeof name === 'string' && name !== '' ? name : this.onlyOne(kinds);
    const definition = await this.find(wanted);
    const place = definition?.manifest.openai;
    if (!definition || !place) throw unknownModel(wanted);
    if (!kinds.includes(place.as))
      throw new OpenAiError(400, `The model '${wanted}' is for ${place.as}, not for this.`, 'model');
    return { definition, place, name: wanted };
  }

  async find(name: string): Promise<WorkflowDefinition | undefined> {
    return this.library.resolve(name);
  }

  /** The id of the job. Throws OpenAiError and Fault. */
  async submit({ model, name, asked, labels, key, no = 0 }: Order): Promise<string> {
    const { inputs, paramOf } = modelInputs(model.definition.manifest, model.place, asked);
    try {
      const { jobId } = await this.intake.submitWorkflow({
        door,
        workflow: name,
        inputs,
        labels,
        idempotency:
          key === undefined
            ? undefined
            : {
                key: `openai:${no}:${key}`,
                requestHash: await sha256InTurns(await stringifyInTurns({ name, inputs })),
              },
      });
      return jobId;
    } catch (error) {
      const picture = nameOf(model.definition.manifest, model.place, 'image') ?? '';
      const pictureParam = model.place.as === 'video' ? 'input_reference' : 'image';
      throw inTheirWords(error, { [picture]: pictureParam, ...paramOf });
    }
  }

  private onlyOne(kinds: readonly Kind[]): string {
    const [first, second] = this.models().filter(({ manifest }) => kinds.includes(manifest.openai!.as));
    if (first && !second) return first.name;
    throw new OpenAiError(400, 'you must provide a model parameter', 'model');
  }
}

/** A fault names inputs of the workflow; a client knows parameters. */
function inTheirWords(error: unknown, paramOf: Record<string, string>): unknown {
  if (!(error instanceof Fault) || error.code !== 'unprocessable' || !Array.isArray(error.details))
    return error;
  const [fault] = error.details as { field?: string; message?: string; reason?: string }[];
  if (fault?.field === undefined) return error;
  const param = paramOf[fault.field] ?? fault.field;
  const code = fault.reason === 'missing' ? 'missing_required_parameter' : 'invalid_value';
  return new OpenAiError(400, `Invalid '${param}': ${fault.message ?? error.message}`, param, code);
}
