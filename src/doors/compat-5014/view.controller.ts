import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation, ApiProduces, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../platform/fault.js';
import { Access, answerRange, mayBeSentOn, type OpensBy, servedFile } from '../kit/index.js';
import { AssetsService } from '../../modules/assets/index.js';
import { JobsService } from '../../modules/jobs/index.js';
import { door } from './generate.service.js';
import { linkedFileOf, readViewQuery } from './domain/view-query.js';

const opensBy: OpensBy = {
  link: (query) => {
    const file = linkedFileOf(query);
    return file && { door, ...file };
  },
};

/** Serves result files from storage under the address that ComfyUI's `/view` has, whether or not their node still lives. */
@ApiTags('Wan2.2 I2V')
@Controller('cfui')
export class ViewController {
  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(AssetsService) private readonly assets: AssetsService,
  ) {}

  @Access('read', 'content')
  @Get('view')
  @RouteConfig({ opensBy })
  @ApiOperation({ summary: 'A result file; answers range requests' })
  @ApiProduces('application/octet-stream')
  @ApiQuery({ name: 'filename', type: String })
  @ApiQuery({ name: 'subfolder', type: String, required: false })
  @ApiQuery({ name: 'type', enum: ['output', 'temp', 'text'], required: false })
  @ApiQuery({
    name: 'prompt_id',
    type: String,
    required: false,
    description: 'Without it the newest file of that name which a job of this API made.',
  })
  @ApiQuery({
    name: 'signature',
    type: String,
    required: false,
    description: 'Opens this file without a key: a part of the addresses that are told where one is needed.',
  })
  async view(
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { promptId, ...file } = readViewQuery(query);
    const of = promptId === undefined ? { door } : { jobId: promptId };
    const output = await this.jobs.findOutput({ ...file, of });
    if (output === null) throw new Fault('not_found', 'Not Found');
    const served = servedFile(output);
    const link = mayBeSentOn(request) ? await this.assets.link(output.sha256, served) : null;
    if (link !== null) {
      await reply.header('cache-control', 'no-store').redirect(link, 302);
      return;
    }
    await answerRange(request, reply, served, (range) => this.assets.open(output.sha256, range));
  }
}
