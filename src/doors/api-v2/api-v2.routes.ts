/**
 * Comfy API v2 on a port: every route of the contract below `/api/v2`, refusals in its envelope. On ComfyUI's own port only
 * jobs, assets and health are claimed: `/api/v2/userdata` is ComfyUI's.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { to } from '../kit/index.js';
import { ApiError } from './domain/errors.js';
import { apiErrorOf, sendError, sendJson } from './http/answers.js';
import { AssetRoutes } from './http/asset.routes.js';
import { JobRoutes } from './http/job.routes.js';
import type { Route } from './http/route.js';

const prefix = '/api/v2';
/** What of the prefix is ours, whatever the method. */
const claimed = ['/jobs/*', '/assets/*'];
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

@Injectable()
export class ApiV2Routes {
  constructor(
    @Inject(AssetRoutes) private readonly assets: AssetRoutes,
    @Inject(JobRoutes) private readonly jobs: JobRoutes,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** `whole`: the port has nothing else below the prefix. */
  register(app: FastifyInstance, { whole }: { whole: boolean }): void {
    void app.register(async (scope) => {
      scope.setErrorHandler((error, request, reply) => this.refuse(error, request, reply));
      for (const route of [...this.jobs.routes, ...this.assets.routes, ...this.others()]) add(scope, route);
      for (const path of whole ? ['/*'] : claimed) refuseRest(scope, path);
    });
  }

  private others(): Route[] {
    return [
      {
        method: 'GET',
        path: '/health',
        access: 'open',
        handle: async (_request, reply) => sendJson(reply, { status: 'healthy' }),
      },
      {
        method: 'POST',
        path: '/assets/from-path',
        access: to('change', 'storage'),
        handle: async () => {
          throw new ApiError('not_implemented', 'Files of the host are not taken: upload the bytes.');
        },
      },
    ];
  }

  private refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { answer, known } = apiErrorOf(error);
    if (!known) this.log.error({ err: error, requestId: request.id }, 'request failed');
    return sendError(reply, answer);
  }
}

function add(scope: FastifyInstance, { method, path, access, handle }: Route): void {
  scope.route({
    method,
    url: `${prefix}${path}`,
    config: { rawBody: true, access },
    exposeHeadRoute: true,
    handler: handle,
  });
}

/** Less specific than every route above, so it gets what they leave. */
function refuseRest(scope: FastifyInstance, path: string): void {
  scope.route({
    method: methods,
    url: `${prefix}${path}`,
    config: { rawBody: true, access: 'open' },
    handler: async () => {
      throw new ApiError('not_found', 'There is no such route.');
    },
  });
}
