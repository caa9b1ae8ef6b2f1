/** What the cluster can run and what it is made of, told as one machine. */
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ClusterFactsService } from '../../../modules/fleet/index.js';
import { ObjectInfoService } from '../../../modules/fleet/index.js';
import { sendJson, sendNothing } from './answers.js';
import { both } from './routes.js';

@Injectable()
export class InfoRoutes {
  constructor(
    @Inject(ObjectInfoService) private readonly objectInfo: ObjectInfoService,
    @Inject(ClusterFactsService) private readonly facts: ClusterFactsService,
  ) {}

  register(app: FastifyInstance): void {
    both(app, 'GET', '/object_info', (request, reply) => this.allClasses(request, reply));
    both(app, 'GET', '/object_info/:name', (request, reply) =>
      jsonText(reply, this.objectInfo.oneClass(parameter(request, 'name'))),
    );
    both(app, 'GET', '/models', (_request, reply) => sendJson(reply, this.facts.modelFolders()));
    both(app, 'GET', '/models/:folder', (request, reply) =>
      orNotFound(reply, this.facts.modelFiles(parameter(request, 'folder'))),
    );
    both(app, 'GET', '/experiment/models', (_request, reply) =>
      sendJson(reply, this.facts.modelFolderSummaries()),
    );
    both(app, 'GET', '/experiment/models/:folder', (request, reply) =>
      orNotFound(reply, this.facts.modelDetails(parameter(request, 'folder'))),
    );
    both(app, 'GET', '/embeddings', (_request, reply) => sendJson(reply, this.facts.embeddings()));
    both(app, 'GET', '/system_stats', (_request, reply) => sendJson(reply, this.facts.systemStats()));
    both(app, 'GET', '/features', (_request, reply) => sendJson(reply, this.facts.features()));
  }

  private allClasses(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { body, encoding } = this.objectInfo.document(
      /\bgzip\b/.test(request.headers['accept-encoding'] ?? ''),
    );
    if (encoding) void reply.header('content-encoding', encoding);
    return reply
      .header('content-type', 'application/json; charset=utf-8')
      .header('vary', 'accept-encoding')
      .send(body);
  }
}

const parameter = ({ params }: FastifyRequest, name: string): string =>
  (params as Record<string, string>)[name] ?? '';

const jsonText = (reply: FastifyReply, text: string): FastifyReply =>
  reply.header('content-type', 'application/json; charset=utf-8').send(text);

const orNotFound = (reply: FastifyReply, list: unknown[] | undefined): FastifyReply =>
  list === undefined ? sendNothing(reply, 404) : sendJson(reply, list);
