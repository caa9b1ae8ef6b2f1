/** `/api/v2/assets`: uploads by content, and the bytes of uploads and outputs. */
import { currentTenant } from '../../../modules/access/index.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { validate as isUuid } from 'uuid';
import { type AssetRecord, AssetRecords, AssetsService } from '../../../modules/assets/index.js';
import { answerRange, mayBeSentOn, servedFile, to, type Route } from '../../kit/index.js';
import { assetDocument } from '../documents/asset-document.js';
import { ApiError, notFound } from '../domain/errors.js';
import { JobReader } from '../job-reader.js';
import { type Committed, Uploads } from '../uploads.js';
import { bodyObject, sendJson } from './answers.js';
import { Patience } from './patience.js';

@Injectable()
export class AssetRoutes {
  constructor(
    @Inject(Uploads) private readonly uploads: Uploads,
    @Inject(AssetRecords) private readonly records: AssetRecords,
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(JobReader) private readonly reader: JobReader,
    @Inject(Patience) private readonly patience: Patience,
  ) {}

  get routes(): Route[] {
    return [
      {
        method: 'POST',
        path: '/assets',
        access: to('change', 'storage'),
        handle: async (request, reply) =>
          this.answer(await this.uploads.fromForm(request, this.patience.of(reply)), request, reply),
      },
      ...this.repeatable.map((route) => this.patience.over(route)),
    ];
  }

  private readonly repeatable: Route[] = [
    {
      method: 'POST',
      path: '/assets/from-hash',
      access: to('change', 'storage'),
      handle: async (request, reply) => {
        const { hash, file_path: path, content_type: type } = await bodyObject(request);
        return this.answer(await this.uploads.fromHash(hash, path, type), request, reply);
      },
    },
    {
      method: 'HEAD',
      path: '/assets/by-hash/:id',
      access: to('read', 'content'),
      handle: async (request, reply) =>
        reply.code((await this.uploads.byHash(idOf(request))) ? 200 : 404).send(),
    },
    {
      method: 'GET',
      path: '/assets/:id',
      access: to('read', 'content'),
      handle: async (request, reply) => {
        const record = await this.required(request);
        return sendJson(reply, assetDocument(record, this.reader.baseUrl(request), new Date()));
      },
    },
    {
      method: 'DELETE',
      path: '/assets/:id',
      access: to('change', 'storage'),
      handle: async (request, reply) => {
        const { id, jobId } = await this.required(request);
        if (jobId !== null) throw new ApiError('asset_in_use', 'The job that made this file keeps it.');
        if (!(await this.records.remove(currentTenant(), id))) throw notFound('asset');
        return reply.code(204).send();
      },
    },
    {
      method: 'GET',
      path: '/assets/:id/content',
      access: to('read', 'content'),
      handle: async (request, reply) => this.content(request, reply),
    },
  ];

  private answer({ record, isNew }: Committed, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const document = assetDocument(record, this.reader.baseUrl(request), new Date(), isNew);
    return sendJson(reply, document, isNew ? 201 : 200);
  }

  private async content(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const record = await this.required(request);
    const served = servedFile({
      filename: record.filePath?.split('/').at(-1) ?? record.id,
      mime: record.contentType,
      sha256: record.sha256,
      sizeBytes: record.sizeBytes,
      createdAt: record.createdAt,
    });
    const link = mayBeSentOn(request) ? await this.assets.link(record.sha256, served) : null;
    if (link === null)
      await answerRange(request, reply, served, (range) => this.assets.open(record.sha256, range));
    else void reply.header('cache-control', 'no-store').redirect(link, 302);
    return reply;
  }

  private async required(request: FastifyRequest): Promise<AssetRecord> {
    const id = idOf(request);
    const record = isUuid(id) ? await this.records.find(currentTenant(), id) : null;
    if (!record) throw notFound('asset');
    return record;
  }
}

const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;
