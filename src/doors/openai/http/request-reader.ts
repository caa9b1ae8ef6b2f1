/** The body of a request, JSON or a form: fields, and files in any way that the SDKs send them. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { currentTenant } from '../../../modules/access/index.js';
import { AssetsService } from '../../../modules/assets/index.js';
import { isJsonObject, toPlain } from '../../../modules/comfyui/index.js';
import { isDataUri, type MediaInput } from '../../../modules/workflows/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { jsonOf, multipartParts } from '../../kit/index.js';
import { OpenAiError, unknownParameter } from '../domain/errors.js';
import type { Asked } from '../domain/model-inputs.js';

const limits = { maxFields: 100, maxFiles: 4, maxFieldBytes: 1024 * 1024 };
const fileParams = new Set(['image', 'mask', 'input_reference']);

@Injectable()
export class RequestReader {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(AssetsService) private readonly assets: AssetsService,
  ) {}

  /** Throws OpenAiError, and the faults of an upload. */
  async read(request: FastifyRequest): Promise<Asked> {
    return request.isMultipart() ? this.form(request) : askedOf(await parsedOf(request.body));
  }

  private async form(request: FastifyRequest): Promise<Asked> {
    const fields = new Map<string, unknown>();
    const files = new Map<string, MediaInput>();
    const maxBytes = this.config.MAX_UPLOAD_BYTES;
    for await (const part of multipartParts(request, { ...limits, maxFileBytes: maxBytes })) {
      const param = part.fieldname.replace(/\[\]$/, '');
      if (part.type === 'field') {
        const value = String(part.value);
        const media = fileParams.has(param) ? mediaOf(value) : undefined;
        if (media) files.set(param, media);
        else fields.set(param, value);
      } else if (!fileParams.has(param)) throw unknownParameter(param);
      else if (files.has(param)) throw new OpenAiError(400, `This model takes one ${param}.`, param);
      else {
        const { sha256 } = await this.assets.storeUpload(part.file, {
          maxBytes,
          accept: 'image',
          declaredMime: part.mimetype,
          owner: currentTenant(),
        });
        files.set(param, { asset: sha256 });
      }
    }
    return { fields, files };
  }
}

async function parsedOf(body: unknown): Promise<unknown> {
  try {
    return await jsonOf(Buffer.isBuffer(body) ? body : '');
  } catch (error) {
    if (error instanceof Fault && error.code === 'invalid_request')
      throw new OpenAiError(400, 'We could not parse the JSON body of your request.');
    throw error;
  }
}

function askedOf(parsed: unknown): Asked {
  if (!isJsonObject(parsed)) throw new OpenAiError(400, 'The body must be a JSON object.');
  const fields = new Map<string, unknown>();
  const files = new Map<string, MediaInput>();
  for (const [param, value] of Object.entries(parsed)) {
    const media = fileParams.has(param) ? mediaOf(toPlain(value)) : undefined;
    if (media) files.set(param, media);
    else if (fileParams.has(param) && value !== null)
      throw new OpenAiError(400, `${param} must be a file, a URL or a data: URI.`, param);
    else fields.set(param, isNumber(value) ? toPlain(value) : value);
  }
  return { fields, files };
}

/** Seeds keep their digits: only what a plain number holds exactly is made one. */
const isNumber = (value: unknown): boolean => Number.isSafeInteger(Number(toPlain(value)));

/** `{"image_url": …}` is how newer SDKs refer to a picture elsewhere. */
function mediaOf(value: unknown): MediaInput | undefined {
  const text = isJsonObject(value)
    ? value.image_url
    : Array.isArray(value) && value.length === 1
      ? value[0]
      : value;
  if (isJsonObject(text)) return mediaOf(text);
  if (typeof text !== 'string') return undefined;
  if (isDataUri(text)) return { dataUri: text };
  return /^https?:\/\//i.test(text) ? { url: text } : undefined;
}
