/** `/images/generations` and `/images/edits`: answered when the pictures are made. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { publicBaseUrl, to, type Route } from '../../kit/index.js';
import { OpenAiError } from '../domain/errors.js';
import { type PictureFormat, Pictures } from '../pictures.js';
import { type Kind, Submissions } from '../submissions.js';
import { idempotencyKeyOf } from './idempotency-key.js';
import { RequestReader } from './request-reader.js';

const formats: readonly PictureFormat[] = ['png', 'jpeg', 'webp'];

@Injectable()
export class ImageRoutes {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(RequestReader) private readonly reader: RequestReader,
    @Inject(Submissions) private readonly submissions: Submissions,
    @Inject(Pictures) private readonly pictures: Pictures,
  ) {}

  readonly routes: Route[] = [
    {
      method: 'POST',
      path: '/images/generations',
      access: to('submit', 'job'),
      handle: async (request) => this.make(request, ['image']),
    },
    {
      method: 'POST',
      path: '/images/edits',
      access: to('submit', 'job'),
      handle: async (request) => this.make(request, ['image-edit']),
    },
  ];

  private async make(request: FastifyRequest, kinds: readonly Kind[]): Promise<unknown> {
    const asked = await this.reader.read(request);
    const model = await this.submissions.model(asked.fields.get('model'), kinds);
    if (asked.fields.get('stream') === true || asked.fields.get('stream') === 'true')
      throw new OpenAiError(400, 'Pictures are not streamed here.', 'stream');
    const responseFormat = oneOf(asked.fields.get('response_format'), ['b64_json', 'url'], 'response_format');
    const format = oneOf(asked.fields.get('output_format'), formats, 'output_format');
    const wish = { count: Number(asked.fields.get('n') ?? 1), format };
    const order = { model, name: model.name, asked, key: idempotencyKeyOf(request) };
    const outputs = await this.pictures.make(order, wish, request.raw.socket);
    const baseUrl = publicBaseUrl(this.config.PUBLIC_URL, request);
    const data = [];
    for (const output of outputs)
      data.push(
        responseFormat === 'url'
          ? { url: this.pictures.url(output, baseUrl) }
          : { b64_json: await this.pictures.base64(output, format) },
      );
    return {
      created: Math.floor(Date.now() / 1000),
      data,
      ...(format !== undefined && { output_format: format }),
    };
  }
}

/** Undefined for none. */
function oneOf<T extends string>(value: unknown, allowed: readonly T[], param: string): T | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new OpenAiError(400, `${param} must be one of ${allowed.join(', ')}.`, param, 'invalid_value');
}
