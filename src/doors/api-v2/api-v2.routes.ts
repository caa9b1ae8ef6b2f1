/**
 * Comfy API v2 on a port: every route of the contract below `/api/v2`, refusals in its envelope. On ComfyUI's own port only
 * jobs, assets and health are claimed: `/api/v2/userdata` is ComfyUI's.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { addRoutes, refuseRest, to, type Route } from '../kit/index.js';
import { ApiError } from './domain/errors.js';
import { apiErrorOf, sendError, sendJson } from './http/answers.js';
import { AssetRoutes } from './http/asset.routes.js';
import { JobRoutes } from './http/job.routes.js';

const prefix = '/api/v2';
/** What of the prefix is ours, whatever the method. */
const claimed = ['/jobs/*', '/assets/*'];

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
      addRoutes(scope, prefix, [...this.jobs.routes, ...this.assets.routes, ...this.others()]);
      for (const path of whole ? ['/*'] : claimed) refuseRest(scope, `${prefix}${path}`, noRoute);
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

const noRoute = (): ApiError => new ApiError('not_found', 'There is no such route.');
