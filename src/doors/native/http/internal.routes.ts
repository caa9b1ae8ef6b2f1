/** What the web UI asks of `/internal`: the caller's own files, newest first, and the model folders without their paths. */
import { to } from '../../kit/index.js';
import { one } from './routes.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ClusterFactsService } from '../../../modules/fleet/index.js';
import { FilesService } from '../files.service.js';
import { sendJson } from './answers.js';
import { callerOf } from './caller.js';

@Injectable()
export class InternalRoutes {
  constructor(
    @Inject(FilesService) private readonly files: FilesService,
    @Inject(ClusterFactsService) private readonly facts: ClusterFactsService,
  ) {}

  register(app: FastifyInstance): void {
    one(app, ['GET', '/internal/files/:type', to('read', 'storage')], async (request, reply) =>
      this.list(request, reply),
    );
    one(app, ['GET', '/internal/folder_paths', to('read', 'storage')], (_request, reply) =>
      sendJson(reply, new Map(this.facts.modelFolders().map((folder) => [folder, []]))),
    );
  }

  private async list(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { type } = request.params as { type: string };
    if (type !== 'input' && type !== 'output' && type !== 'temp')
      return sendJson(reply, { error: 'Invalid directory type' }, 400);
    return sendJson(reply, await this.files.namesIn(callerOf(request), type));
  }
}
