/** What a job runs: the graph as it is sent, and the inputs that a named workflow was asked with. */
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { may } from '../../../modules/access/index.js';
import { isJsonObject, storedObject, stringifyInTurns, toPlain } from '../../../modules/comfyui/index.js';
import { type AskedWith, JobPages, JobsService } from '../../../modules/jobs/index.js';
import { checkWorkflow, fillWorkflow } from '../../../modules/workflows/index.js';
import { Access } from '../../kit/index.js';
import { jsonSchemaOf } from '../json-schema.js';
import { unknownJob } from './unknown-job.js';
import { utf8InTurns } from '../../../platform/turns/index.js';

const jobGraphSchema = z.object({
  graph: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe(
      'In API format, with the names that files had when they were asked for. Null when it can no longer be made.',
    ),
  inputs: z
    .record(z.string(), z.unknown())
    .nullable()
    .describe('What a named workflow was asked with, its seeds included; null for a graph.'),
});

@ApiTags('jobs')
@Controller('v1/jobs')
export class JobGraphController {
  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(JobPages) private readonly pages: JobPages,
  ) {}

  @Access('read', 'content')
  @Get(':id/graph')
  @ApiOperation({
    operationId: 'getJobGraph',
    summary: 'The graph that a job runs, and the inputs that it was asked with',
  })
  @ApiOkResponse({ schema: jsonSchemaOf(jobGraphSchema, 'output') })
  @ApiNotFoundResponse({ description: 'There is no such job' })
  async graph(
    @Param('id') id: string,
    @Req() { caller: { principal } }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const job = await this.jobs.get(id);
    // Who may see that a job is there need not see what it was asked with.
    const sees = job && may(principal, 'read', { kind: 'content', ...job }).ok;
    const asked = sees ? await this.pages.askedWith(id) : null;
    if (!asked) throw unknownJob(id);
    // Numbers go out with all their digits.
    const body = await utf8InTurns(await stringifyInTurns(await graphOf(asked)));
    await reply.type('application/json; charset=utf-8').send(body);
  }
}

async function graphOf({ graph, params, definition }: AskedWith) {
  if (graph !== null) return { graph: await storedObject(graph), inputs: null };
  const inputs = await storedObject(params ?? '{}');
  return { graph: definition === null || inputs === null ? null : await filled(definition, inputs), inputs };
}

async function filled(text: string, inputs: Record<string, unknown>): Promise<unknown> {
  const { manifest, graph } = (await storedObject(text)) ?? {};
  if (!isJsonObject(manifest)) return null;
  const checked = checkWorkflow({ name: String(manifest['name']), manifest: toPlain(manifest), graph });
  const result = checked.ok ? fillWorkflow(checked.definition, inputs, { seed: () => 0 }) : undefined;
  return result?.ok ? result.graph : null;
}
