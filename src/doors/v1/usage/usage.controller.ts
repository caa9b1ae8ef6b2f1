import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type UsageRow, UsageStore } from '../../../modules/jobs/index.js';
import { Clock } from '../../../platform/clock/index.js';
import { Fault } from '../../../platform/fault.js';
import { Access } from '../../kit/index.js';
import { jsonSchemaOf } from '../json-schema.js';
import { csvOf } from './usage-csv.js';
import { type UsageDocument, usageQuerySchema, usageSchema } from './usage.schemas.js';

const rowsMax = 50_000;
const monthMs = 30 * 86_400_000;

@ApiTags('access')
@Controller('v1/usage')
export class UsageController {
  constructor(
    @Inject(UsageStore) private readonly store: UsageStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Access('read', 'usage')
  @Get()
  @ApiOperation({
    operationId: 'getUsage',
    summary: 'Jobs, runs, GPU seconds and bytes by tenant, workflow and day, as JSON or CSV',
  })
  @ApiOkResponse({
    content: {
      'application/json': { schema: jsonSchemaOf(usageSchema, 'output') },
      'text/csv': { schema: { type: 'string' } },
    },
  })
  async get(
    @Query({ schema: usageQuerySchema }) query: z.infer<typeof usageQuerySchema>,
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const document = await this.read(query);
    const isCsv = query.format === 'csv' || (query.format === undefined && headers.accept === 'text/csv');
    if (!isCsv) return void reply.type('application/json; charset=utf-8').send(JSON.stringify(document));
    const name = `usage_${document.from}_${document.to}.csv`;
    void reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${name}"`)
      .send(csvOf(query.by, document));
  }

  private async read(query: z.infer<typeof usageQuerySchema>): Promise<UsageDocument> {
    const to = query.to ?? dayOf(this.clock.now().getTime());
    const from = query.from ?? dayOf(Date.parse(to) - monthMs);
    const rows = await this.store.read({ ...query, from, to, limit: rowsMax + 1 });
    if (rows.length > rowsMax)
      throw new Fault('unprocessable', `more than ${rowsMax} rows: ask for fewer days, or tell less apart`);
    return { from, to, usage: rows.map(bodyOf) };
  }
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const bodyOf = ({ gpuMs, inputBytes, outputBytes, workflow, ...row }: UsageRow) => ({
  ...row,
  ...(workflow !== undefined && { workflow: workflow === '' ? null : workflow }),
  gpu_seconds: Math.round(gpuMs) / 1000,
  input_bytes: inputBytes,
  output_bytes: outputBytes,
});
