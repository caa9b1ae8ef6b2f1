/** Reads the inputs of a run: JSON as it is, or a form whose fields are texts and whose files are uploads. */
import { currentTenant } from '../../../modules/access/index.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Accepted, AssetsService, uploadName } from '../../../modules/assets/index.js';
import { isJsonObject, parseJson, stringifyJson } from '../../../modules/comfyui/index.js';
import {
  isMedia,
  type MediaType,
  type WorkflowDefinition,
  type WorkflowInput,
  WorkflowLibrary,
} from '../../../modules/workflows/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { acceptedTypes } from '../../../modules/jobs/index.js';
import { jsonOf, multipartParts } from '../../kit/index.js';
import { idempotencyOf } from '../jobs/idempotency.js';

const limits = { maxFields: 200, maxFiles: 20, maxFieldBytes: 1024 * 1024 };
const numbers = new Set<WorkflowInput['type']>(['integer', 'number', 'seed', 'boolean']);

interface ReadInputs {
  inputs: Record<string, unknown>;
  idempotency: Awaited<ReturnType<typeof idempotencyOf>>;
}

@Injectable()
export class RunInputs {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(WorkflowLibrary) private readonly library: WorkflowLibrary,
  ) {}

  /** Faults: not_found, invalid_request, unprocessable, and what an upload may have. */
  async read(workflow: string, request: FastifyRequest<{ Body: Buffer | undefined }>): Promise<ReadInputs> {
    if (!request.isMultipart())
      return {
        inputs: await readJson(request.body),
        idempotency: await idempotencyOf(request, `run ${workflow}`),
      };
    const definition = await this.library.resolve(workflow);
    if (!definition) throw new Fault('not_found', `there is no workflow "${workflow}"`);
    const inputs = new Map<string, unknown>();
    for await (const part of multipartParts(request, {
      ...limits,
      maxFileBytes: this.config.MAX_UPLOAD_BYTES,
    }))
      if (part.type === 'field')
        inputs.set(part.fieldname, fieldOf(definition, part.fieldname, String(part.value)));
      else if (part.filename !== '')
        inputs.set(part.fieldname, {
          asset: await this.store(part.file, part, acceptedOf(definition, part)),
        });
    const read = Object.fromEntries(inputs);
    // What a form says is the same under another boundary.
    const body = Buffer.from(stringifyJson(read));
    const asked = { headers: request.headers, body } as typeof request;
    return { inputs: read, idempotency: await idempotencyOf(asked, `run ${workflow}`) };
  }

  private async store(
    file: AsyncIterable<Uint8Array>,
    { filename, mimetype }: { filename: string; mimetype: string },
    accept: Accepted,
  ): Promise<string> {
    const maxBytes = this.config.MAX_UPLOAD_BYTES;
    const { sha256 } = await this.assets.storeUpload(file, {
      maxBytes,
      accept,
      declaredMime: mimetype,
      owner: currentTenant(),
    });
    await this.assets.recordUpload(uploadName(filename), sha256, currentTenant());
    return sha256;
  }
}

async function readJson(body: Buffer | undefined): Promise<Record<string, unknown>> {
  const parsed = await jsonOf(body?.length ? body : '{}');
  if (isJsonObject(parsed)) return parsed;
  throw new Fault('unprocessable', 'The request does not fit its schema.', [
    { pointer: '', detail: 'an object of inputs' },
  ]);
}

/** A form knows only texts: what the workflow takes as a number, a boolean or an object is read as JSON. */
function fieldOf({ manifest }: WorkflowDefinition, name: string, text: string): unknown {
  const input = Object.hasOwn(manifest.inputs, name) ? manifest.inputs[name] : undefined;
  const isJson = input !== undefined && (numbers.has(input.type) || (isMedia(input) && text.startsWith('{')));
  if (!isJson) return text;
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

function acceptedOf({ manifest }: WorkflowDefinition, { fieldname }: { fieldname: string }): Accepted {
  const input = Object.hasOwn(manifest.inputs, fieldname) ? manifest.inputs[fieldname] : undefined;
  return input && isMedia(input) ? acceptedTypes[input.type as MediaType] : 'media';
}
