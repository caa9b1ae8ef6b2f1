import { Controller, Inject, Post, Req, SerializeOptions } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { Access, multipartParts } from '../../kit/index.js';
import { currentTenant } from '../../../modules/access/index.js';
import { AssetsService, type StoredAsset, uploadName } from '../../../modules/assets/index.js';

const limits = { maxFields: 8, maxFiles: 1, maxFieldBytes: 64 * 1024 };

const assetSchema = z.object({
  asset: z.string().describe('SHA-256 of the file: what an image input of a workflow takes.'),
  name: z.string().describe('What a graph may call the file, for example in LoadImage.'),
  mime: z.string(),
  size_bytes: z.number(),
});

@ApiTags('assets')
@Controller('v1/assets')
export class AssetsController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(AssetsService) private readonly assets: AssetsService,
  ) {}

  @Access('change', 'storage')
  @Post()
  @RouteConfig({ rawBody: true })
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['file'],
      properties: { file: { type: 'string', format: 'binary' } },
    },
  })
  @ApiOperation({ summary: 'Upload a file of any kind as input of later jobs' })
  @SerializeOptions({ schema: assetSchema })
  async upload(@Req() request: FastifyRequest): Promise<z.infer<typeof assetSchema>> {
    const { filename, stored } = await this.firstFile(request);
    const name = uploadName(filename);
    await this.assets.recordUpload(name, stored.sha256, currentTenant());
    return { asset: stored.sha256, name, mime: stored.mime, size_bytes: stored.sizeBytes };
  }

  private async firstFile(request: FastifyRequest): Promise<{ filename: string; stored: StoredAsset }> {
    const maxBytes = this.config.MAX_UPLOAD_BYTES;
    for await (const part of multipartParts(request, { ...limits, maxFileBytes: maxBytes })) {
      if (part.type === 'field' || part.filename === '') continue;
      const { file, filename, mimetype } = part;
      return {
        filename,
        stored: await this.assets.storeUpload(file, {
          maxBytes,
          accept: 'media',
          declaredMime: mimetype,
          owner: currentTenant(),
        }),
      };
    }
    const errors = [{ pointer: '/file', detail: 'a file is required' }];
    throw new Fault('unprocessable', 'The request does not fit its schema.', errors);
  }
}
