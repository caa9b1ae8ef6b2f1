/** `/v1/jobs/batch` and `/v1/batches`: up to 500 jobs as one. */
import {
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
  SerializeOptions,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { AssetsService } from '../../../modules/assets/index.js';
import { type Batch, Batches, JobsService, type JobView } from '../../../modules/jobs/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import {
  Access,
  type BatchBody,
  batchBodyOf,
  batchSchema,
  listedBatchOf,
  publicBaseUrl,
} from '../../kit/index.js';
import { nextCursor, readCursor } from '../jobs/job-cursor.js';
import { jsonSchemaOf } from '../json-schema.js';
import { BatchSubmissions } from './batch-submissions.js';
import { batchListSchema, batchPageSchema, newBatchSchema } from './batches.schemas.js';
import { requiredBatch } from './required-batch.js';
import { resultsZip } from './results-zip.js';

const readTogether = 50;

@ApiTags('jobs')
@Controller('v1')
export class BatchesController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Batches) private readonly batches: Batches,
    @Inject(BatchSubmissions) private readonly submissions: BatchSubmissions,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(AssetsService) private readonly assets: AssetsService,
  ) {}

  @Access('submit', 'job')
  @Post('jobs/batch')
  @HttpCode(202)
  @RouteConfig({ rawBody: true })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Of the whole batch, for a day, as in `POST /v1/jobs`.',
  })
  @ApiBody({ schema: jsonSchemaOf(newBatchSchema) })
  @ApiOperation({
    operationId: 'submitBatch',
    summary: 'Submit up to 500 jobs, or one with lists of values: all of them or none',
  })
  @SerializeOptions({ schema: batchSchema })
  async submit(@Req() request: FastifyRequest<{ Body: Buffer | undefined }>): Promise<BatchBody> {
    return this.body(await this.submissions.submit(request, this.baseUrl(request)), request);
  }

  @Access('read', 'job')
  @Get('batches')
  @ApiOperation({ operationId: 'listBatches', summary: 'List batches, newest first, each with its counts' })
  @SerializeOptions({ schema: batchPageSchema })
  async list(
    @Query({ schema: batchListSchema }) { tenant, cursor, limit }: z.infer<typeof batchListSchema>,
    @Req() request: FastifyRequest,
  ): Promise<z.infer<typeof batchPageSchema>> {
    const before = cursor === undefined ? undefined : readCursor(cursor);
    const found = await this.batches.list({ limit, tenant, before });
    const baseUrl = this.baseUrl(request);
    return {
      batches: found.map(({ batch, counts }) => listedBatchOf(batch, counts, baseUrl)),
      next_cursor: nextCursor(
        found.map(({ batch }) => batch),
        limit,
      ),
    };
  }

  @Access('read', 'job')
  @Get('batches/:id')
  @ApiOperation({ operationId: 'getBatch', summary: 'How many jobs of a batch are in which state' })
  @SerializeOptions({ schema: batchSchema })
  async get(@Param('id') id: string, @Req() request: FastifyRequest): Promise<BatchBody> {
    return this.body(await requiredBatch(this.batches, id, 'job'), request);
  }

  @Access('cancel', 'job')
  @Post('batches/:id/cancel')
  @HttpCode(200)
  @ApiOperation({ operationId: 'cancelBatch', summary: 'Cancel all jobs of a batch that have not ended' })
  @SerializeOptions({ schema: batchSchema })
  async cancel(@Param('id') id: string, @Req() request: FastifyRequest): Promise<BatchBody> {
    const batch = await requiredBatch(this.batches, id, 'job');
    await this.jobs.cancelMany(batch.jobIds);
    return this.body(batch, request);
  }

  @Access('read', 'content')
  @Get('batches/:id/results.zip')
  @ApiOperation({
    operationId: 'getBatchResults',
    summary: 'The results there are by now, in a folder for each job',
  })
  @ApiOkResponse({ content: { 'application/zip': { schema: { type: 'string', format: 'binary' } } } })
  async results(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const batch = await requiredBatch(this.batches, id, 'content');
    const zip = resultsZip(this.views(batch), async (sha256) => this.assets.open(sha256));
    await reply
      .header('content-disposition', `attachment; filename="batch-${batch.id}.zip"`)
      .header('cache-control', 'no-store')
      .type('application/zip')
      .send(zip);
  }

  /** Those that are known, in the order of the submit. */
  private async *views({ jobIds }: Batch): AsyncGenerator<{ no: number; view: JobView }> {
    for (let at = 0; at < jobIds.length; at += readTogether) {
      const ids = jobIds.slice(at, at + readTogether);
      const views = new Map((await this.jobs.getAll(ids)).map((view) => [view.id, view]));
      for (const [no, id] of ids.entries()) {
        const view = views.get(id);
        if (view) yield { no: at + no, view };
      }
    }
  }

  private async body(batch: Batch, request: FastifyRequest): Promise<BatchBody> {
    return batchBodyOf(batch, await this.batches.counts(batch), this.baseUrl(request));
  }

  private baseUrl(request: FastifyRequest): string {
    return publicBaseUrl(this.config.PUBLIC_URL, request);
  }
}
