/** From what people have to what a node runs: conversion of the editor's format, and proposals of inputs and outputs. */
import { Controller, Header, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { stringifyInTurns, type UiProblem } from '../../../modules/comfyui/index.js';
import { ObjectInfoService, WorkflowReader } from '../../../modules/fleet/index.js';
import { GraphIntake } from '../../../modules/jobs/index.js';
import { checkWorkflow, proposeManifest } from '../../../modules/workflows/index.js';
import { Fault } from '../../../platform/fault.js';
import { inOneTurn } from '../../../platform/turns/index.js';
import { Access, jsonLimits, multipartParts } from '../../kit/index.js';
import { jsonSchemaOf } from '../json-schema.js';
import { required } from '../refused-graph.js';
import { refuseLargeGraph } from './kept-size.js';
import { convertedSchema, proposedSchema } from './workflow-making.schemas.js';

const bytesMax = 64 * 1024 * 1024;
const limits = { maxFields: 8, maxFiles: 1, maxFieldBytes: 64 * 1024, maxFileBytes: bytesMax };

const kinds = [
  'application/json',
  'multipart/form-data',
  'image/png',
  'image/webp',
  'video/mp4',
  'audio/flac',
];

@ApiTags('workflows')
@Controller()
export class WorkflowMakingController {
  constructor(
    @Inject(WorkflowReader) private readonly reader: WorkflowReader,
    @Inject(GraphIntake) private readonly graphs: GraphIntake,
    @Inject(ObjectInfoService) private readonly objectInfo: ObjectInfoService,
  ) {}

  @Access('read', 'catalogue')
  @Post('v1/workflows::convert')
  @HttpCode(200)
  @RouteConfig({ rawBody: true })
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiConsumes(...kinds)
  @ApiBody({
    schema: { type: 'object' },
    description: 'The JSON that the editor saves, or a file that carries it.',
  })
  @ApiOperation({
    operationId: 'convertWorkflow',
    summary:
      'The graph that the editor would queue for a workflow that it saved, or for the file that carries it',
  })
  @ApiOkResponse({ schema: jsonSchemaOf(convertedSchema, 'output') })
  async convert(@Req() request: FastifyRequest<{ Body: Buffer | undefined }>, @Res() reply: FastifyReply) {
    const read = await this.reader.readFile(await fileOf(request), jsonLimits);
    await send(reply, { format: read.format, graph: read.graph, problems: read.problems.map(problemOf) });
  }

  @Access('read', 'catalogue')
  @Post('v1/workflows::propose')
  @HttpCode(200)
  @RouteConfig({ rawBody: true })
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiConsumes(...kinds)
  @ApiBody({
    schema: { type: 'object' },
    description: 'A workflow in either format, or a file that carries it.',
  })
  @ApiOperation({
    operationId: 'proposeWorkflow',
    summary: 'A manifest for a workflow that has none: what a caller may set, what comes out, and why',
  })
  @ApiOkResponse({ schema: jsonSchemaOf(proposedSchema, 'output') })
  async propose(@Req() request: FastifyRequest<{ Body: Buffer | undefined }>, @Res() reply: FastifyReply) {
    const read = await this.reader.readFile(await fileOf(request), jsonLimits);
    const sanitised = required(await this.graphs.sanitise(read.graph));
    refuseLargeGraph(sanitised);
    const { graph } = sanitised;
    const infoOf = (name: string): unknown => this.objectInfo.infoOf(name);
    const { manifest, guessed } = await inOneTurn(() => proposeManifest('workflow', graph, infoOf));
    const checked = await inOneTurn(() => checkWorkflow({ name: 'workflow', manifest, graph }));
    if (!checked.ok) throw new Fault('unprocessable', 'No manifest fits this workflow.', checked.faults);
    await send(reply, { manifest, guessed, graph, problems: read.problems.map(problemOf) });
  }
}

/** Numbers go out with all their digits. */
async function send(reply: FastifyReply, body: unknown): Promise<void> {
  await reply.type('application/json; charset=utf-8').send(await stringifyInTurns(body));
}

const problemOf = ({ nodeId, inputName, ...problem }: UiProblem) => ({
  ...problem,
  graph_node: nodeId,
  ...(inputName === undefined ? {} : { input: inputName }),
});

async function fileOf(request: FastifyRequest<{ Body: Buffer | undefined }>): Promise<Buffer> {
  for await (const part of multipartParts(request, limits)) {
    if (part.type === 'field') continue;
    const bytes = await part.toBuffer();
    if (bytes.length > bytesMax)
      throw new Fault('payload_too_large', `A file may have ${bytesMax} bytes here.`);
    return bytes;
  }
  if (Buffer.isBuffer(request.body) && request.body.length > 0) return request.body;
  throw new Fault('unprocessable', 'The request does not fit its schema.', [
    { pointer: '', detail: 'a workflow is required: JSON, or a file that carries one' },
  ]);
}
