/** What the cluster can run and what it is made of, told as one machine. */
import { to } from '../../kit/index.js';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ClusterFactsService } from '../../../modules/fleet/index.js';
import { ObjectInfoService } from '../../../modules/fleet/index.js';
import { FilesService } from '../files.service.js';
import { sendJson, sendNothing } from './answers.js';
import { isDatabaseUnavailable } from '../../../platform/database/index.js';
import { callerOf } from './caller.js';
import { both } from './routes.js';

@Injectable()
export class InfoRoutes {
  constructor(
    @Inject(ObjectInfoService) private readonly objectInfo: ObjectInfoService,
    @Inject(ClusterFactsService) private readonly facts: ClusterFactsService,
    @Inject(FilesService) private readonly files: FilesService,
  ) {}

  register(app: FastifyInstance): void {
    both(app, ['GET', '/object_info', to('read', 'catalogue')], async (request, reply) =>
      this.allClasses(request, reply),
    );
    both(app, ['GET', '/object_info/:name', to('read', 'catalogue')], async (request, reply) =>
      jsonText(
        reply,
        await this.objectInfo.oneClass(parameter(request, 'name'), await this.uploadsOf(request)),
      ),
    );
    both(app, ['GET', '/models', to('read', 'catalogue')], (_request, reply) =>
      sendJson(reply, this.facts.modelFolders()),
    );
    both(app, ['GET', '/models/:folder', to('read', 'catalogue')], (request, reply) =>
      orNotFound(reply, this.facts.modelFiles(parameter(request, 'folder'))),
    );
    both(app, ['GET', '/experiment/models', to('read', 'catalogue')], (_request, reply) =>
      sendJson(reply, this.facts.modelFolderSummaries()),
    );
    both(app, ['GET', '/experiment/models/:folder', to('read', 'catalogue')], (request, reply) =>
      orNotFound(reply, this.facts.modelDetails(parameter(request, 'folder'))),
    );
    both(app, ['GET', '/embeddings', to('read', 'catalogue')], (_request, reply) =>
      sendJson(reply, this.facts.embeddings()),
    );
    both(app, ['GET', '/system_stats', to('read', 'catalogue')], (_request, reply) =>
      sendJson(reply, this.facts.systemStats()),
    );
    both(app, ['GET', '/features', to('read', 'catalogue')], (_request, reply) =>
      sendJson(reply, this.facts.features()),
    );
  }

  private async allClasses(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const acceptsGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const uploads = await this.uploadsOf(request);
    void reply.header('content-type', 'application/json; charset=utf-8').header('vary', 'accept-encoding');
    const { compressed } = this.objectInfo;
    if (uploads.length > 0 || !acceptsGzip || !compressed)
      return sendPieces(reply, this.objectInfo.documentWith(uploads), acceptsGzip);
    return reply.header('content-encoding', 'gzip').send(compressed);
  }

  /** What ComfyUI lists of its input folder: files right in it. */
  private async uploadsOf(request: FastifyRequest): Promise<string[]> {
    try {
      const names = await this.files.uploadNames(callerOf(request), 'input');
      return names.filter((name) => !name.includes('/'));
    } catch (error) {
      // What the nodes can do is told from memory while the database is away.
      if (isDatabaseUnavailable(error)) return [];
      throw error;
    }
  }
}

/** Made for one caller, so it is compressed while it is sent. */
function sendPieces(reply: FastifyReply, pieces: AsyncIterable<Buffer>, acceptsGzip: boolean): FastifyReply {
  const plain = Readable.from(pieces);
  if (!acceptsGzip) return reply.send(plain);
  return reply.header('content-encoding', 'gzip').send(plain.pipe(createGzip({ level: fastest })));
}

const fastest = 1;

const parameter = ({ params }: FastifyRequest, name: string): string =>
  (params as Record<string, string>)[name] ?? '';

const jsonText = (reply: FastifyReply, text: string): FastifyReply =>
  reply.header('content-type', 'application/json; charset=utf-8').send(text);

const orNotFound = (reply: FastifyReply, list: unknown[] | undefined): FastifyReply =>
  list === undefined ? sendNothing(reply, 404) : sendJson(reply, list);
