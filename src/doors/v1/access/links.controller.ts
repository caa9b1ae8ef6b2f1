/** A link to one result, for somebody without a key. */
import { Body, Controller, Inject, Post, Req, SerializeOptions } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { JobsService } from '../../../modules/jobs/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { Access, OutputLinks, publicBaseUrl } from '../../kit/index.js';
import { linkSchema, newLinkSchema } from './access.schemas.js';

@ApiTags('access')
@Controller('v1/links')
export class LinksController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(OutputLinks) private readonly links: OutputLinks,
  ) {}

  @Access('read', 'content')
  @Post()
  @ApiOperation({
    operationId: 'makeLink',
    summary:
      'An address that opens one result without a key; it ends with its time, and with the key that asked for it',
  })
  @SerializeOptions({ schema: linkSchema })
  async make(
    @Body({ schema: newLinkSchema }) {
      job_id: jobId,
      lifetime_s: lifetimeS,
      ...file
    }: z.infer<typeof newLinkSchema>,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof linkSchema>> {
    const output = await this.jobs.findOutput({ ...file, of: { jobId } });
    if (!output) throw new Fault('not_found', 'there is no such result');
    const baseUrl = publicBaseUrl(this.config.PUBLIC_URL, request);
    const { url, nativePath, expiresAtS } = this.links.share(output, baseUrl, lifetimeS);
    return { url, native_path: nativePath, expires_at: new Date(expiresAtS * 1000).toISOString() };
  }
}
