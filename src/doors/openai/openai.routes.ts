/** Every route below `/openai/v1`, and OpenAI's own words for a path that is none. */
import { addRoutes, refuseRest } from '../kit/index.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OpenAiError } from './domain/errors.js';
import { ImageRoutes } from './http/image.routes.js';
import { ModelRoutes } from './http/model.routes.js';
import { VideoRoutes } from './http/video.routes.js';

const prefix = '/openai/v1';

@Injectable()
export class OpenAiRoutes {
  constructor(
    @Inject(ModelRoutes) private readonly models: ModelRoutes,
    @Inject(ImageRoutes) private readonly images: ImageRoutes,
    @Inject(VideoRoutes) private readonly videos: VideoRoutes,
  ) {}

  register(server: FastifyInstance): void {
    void server.register(async (scope) => {
      addRoutes(scope, prefix, [...this.models.routes, ...this.images.routes, ...this.videos.routes]);
      refuseRest(scope, `${prefix}/*`, noRoute);
    });
  }
}

const noRoute = ({ method, url }: FastifyRequest): OpenAiError =>
  new OpenAiError(404, `Invalid URL (${method} ${url.split('?', 1)[0]})`);
