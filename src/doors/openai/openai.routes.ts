/** Every route below `/openai/v1`, and OpenAI's own words for a path that is none. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { OpenAiError } from './domain/errors.js';
import { ImageRoutes } from './http/image.routes.js';
import { ModelRoutes } from './http/model.routes.js';
import type { Route } from './http/route.js';
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
      for (const route of [...this.models.routes, ...this.images.routes, ...this.videos.routes])
        add(scope, route);
      scope.route({
        method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
        url: `${prefix}/*`,
        config: { rawBody: true, access: 'open' },
        handler: async ({ method, url }) => {
          throw new OpenAiError(404, `Invalid URL (${method} ${url.split('?', 1)[0]})`);
        },
      });
    });
  }
}

function add(scope: FastifyInstance, { method, path, access, handle }: Route): void {
  scope.route({ method, url: `${prefix}${path}`, config: { rawBody: true, access }, handler: handle });
}
