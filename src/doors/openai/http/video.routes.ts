/** `/videos`: made in the background, asked for until they are ready. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AssetsService } from '../../../modules/assets/index.js';
import { answerRange, servedFile, to, type Route } from '../../kit/index.js';
import { OpenAiError } from '../domain/errors.js';
import { Videos } from '../videos.js';
import { idempotencyKeyOf } from './idempotency-key.js';
import { RequestReader } from './request-reader.js';

const limits = { default: 20, max: 100 };

@Injectable()
export class VideoRoutes {
  constructor(
    @Inject(RequestReader) private readonly reader: RequestReader,
    @Inject(Videos) private readonly videos: Videos,
    @Inject(AssetsService) private readonly assets: AssetsService,
  ) {}

  readonly routes: Route[] = [
    {
      method: 'POST',
      path: '/videos',
      access: to('submit', 'job'),
      handle: async (request) =>
        this.videos.create(await this.reader.read(request), idempotencyKeyOf(request)),
    },
    {
      method: 'GET',
      path: '/videos',
      access: to('read', 'job'),
      handle: async ({ query }) => this.list(query as Record<string, unknown>),
    },
    {
      method: 'GET',
      path: '/videos/:id',
      access: to('read', 'job'),
      handle: async (request) => this.videos.get(idOf(request)),
    },
    {
      method: 'DELETE',
      path: '/videos/:id',
      access: to('cancel', 'job'),
      handle: async (request) => this.videos.remove(idOf(request)),
    },
    {
      method: 'GET',
      path: '/videos/:id/content',
      access: to('read', 'content'),
      handle: async (request, reply) => this.content(request, reply),
    },
  ];

  private async list({ limit, after, order }: Record<string, unknown>): Promise<unknown> {
    const count = Number(limit ?? limits.default);
    if (!Number.isInteger(count) || count < 0 || count > limits.max)
      throw new OpenAiError(400, `limit must be an integer from 0 to ${limits.max}.`, 'limit');
    if (order !== undefined && order !== 'desc')
      throw new OpenAiError(400, 'Videos are listed newest first: order must be desc.', 'order');
    return this.videos.list({
      limit: count,
      after: typeof after === 'string' && after !== '' ? after : undefined,
    });
  }

  private async content(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { variant = 'video' } = request.query as { variant?: unknown };
    if (variant !== 'video') throw new OpenAiError(400, 'Only the video itself is kept.', 'variant');
    const film = await this.videos.content(idOf(request));
    await answerRange(request, reply, servedFile(film), (range) => this.assets.open(film.sha256, range));
    return reply;
  }
}

const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;
