/** A workflow's life: made from what people have, in versions, with channels that point at one. */
import { Access, fieldErrors, jsonOf } from '../../kit/index.js';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isJsonObject, isUiWorkflow, stringifyJson, toPlain } from '../../../modules/comfyui/index.js';
import { ObjectInfoService, WorkflowReader } from '../../../modules/fleet/index.js';
import {
  checkWorkflow,
  compareGraphs,
  proposeManifest,
  textOfWorkflow,
  type WorkflowDefinition,
  WorkflowLibrary,
} from '../../../modules/workflows/index.js';
import { GraphIntake } from '../../../modules/jobs/index.js';
import { Fault } from '../../../platform/fault.js';
import { inOneTurn } from '../../../platform/turns/index.js';
import { jsonSchemaOf } from '../json-schema.js';
import { required } from '../refused-graph.js';
import {
  channelSchema,
  comparedSchema,
  compareSchema,
  newVersionSchema,
  pointedSchema,
  putQuerySchema,
  versionDetailSchema,
  versionListSchema,
} from './workflow-versions.schemas.js';
import { keptSchema } from './workflow-making.schemas.js';
import { refuseLargeGraph, refuseLargeManifest } from './kept-size.js';

@ApiTags('workflows')
@Controller('v1/workflows')
export class WorkflowVersionsController {
  constructor(
    @Inject(WorkflowLibrary) private readonly library: WorkflowLibrary,
    @Inject(WorkflowReader) private readonly reader: WorkflowReader,
    @Inject(GraphIntake) private readonly graphs: GraphIntake,
    @Inject(ObjectInfoService) private readonly objectInfo: ObjectInfoService,
  ) {}

  @Access('change', 'workflow')
  @Put(':name')
  @RouteConfig({ rawBody: true })
  @ApiBody({
    schema: jsonSchemaOf(newVersionSchema),
    description: 'Or the workflow alone, in either format.',
  })
  @ApiOperation({
    operationId: 'putWorkflow',
    summary:
      'Keep a version of a workflow and put it in service; without a manifest one is proposed, and the answer says what was guessed',
  })
  @ApiOkResponse({ schema: jsonSchemaOf(keptSchema) })
  async put(
    @Param('name') name: string,
    @Query({ schema: putQuerySchema }) { channel }: { channel: string },
    @Req() request: FastifyRequest<{ Body: Buffer | undefined }>,
  ) {
    const { workflow, manifest: given } = await readBody(request.body);
    const read = await this.reader.read(workflow);
    const sanitised = required(await this.graphs.sanitise(read.graph));
    refuseLargeGraph(sanitised);
    const { graph } = sanitised;
    const infoOf = (cls: string): unknown => this.objectInfo.infoOf(cls);
    const proposal =
      given === undefined ? await inOneTurn(() => proposeManifest(name, graph, infoOf)) : undefined;
    const manifest = proposal?.manifest ?? { ...given, name };
    const checked = await inOneTurn(() => checkWorkflow({ name, manifest, graph }));
    if (!checked.ok) throw new Fault('unprocessable', 'The workflow cannot be kept.', checked.faults);
    const { hash, isNew } = await this.library.put(checked.definition, channel);
    return {
      name,
      version: hash,
      channel,
      is_new: isNew,
      guessed: proposal?.guessed ?? [],
      problems: read.problems.map(({ code, message, nodeId }) => ({ code, message, graph_node: nodeId })),
    };
  }

  @Access('change', 'workflow')
  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteWorkflow',
    summary: 'Forget a workflow with all its versions; jobs keep theirs',
  })
  async remove(@Param('name') name: string): Promise<void> {
    await this.library.remove(name);
  }

  @Access('read', 'workflow')
  @Get(':name/versions')
  @ApiOkResponse({ schema: jsonSchemaOf(versionListSchema) })
  @ApiOperation({
    operationId: 'listWorkflowVersions',
    summary: 'The versions of a workflow, newest first, with the channels that point at them',
  })
  async versions(@Param('name') name: string) {
    const versions = await this.library.versions(name);
    if (versions.length === 0) throw new Fault('not_found', `there is no workflow "${name}"`);
    return {
      versions: versions.map(({ hash, source, createdAt, channels }) => ({
        version: hash,
        source,
        created_at: createdAt.toISOString(),
        channels,
      })),
    };
  }

  @Access('read', 'workflow')
  @Get(':name/versions/:version')
  @ApiOkResponse({ schema: jsonSchemaOf(versionDetailSchema) })
  @ApiOperation({
    operationId: 'getWorkflowVersion',
    summary: 'The manifest and graph of one version, by its first digits or a channel',
  })
  async version(@Param('name') name: string, @Param('version') version: string, @Res() reply: FastifyReply) {
    const definition = await this.required(name, version);
    const { manifest, graph } = definition;
    await send(reply, { name, version: textOfWorkflow(definition).hash, manifest, graph });
  }

  @Access('read', 'workflow')
  @Get(':name/compare')
  @ApiOkResponse({ schema: jsonSchemaOf(comparedSchema) })
  @ApiOperation({
    operationId: 'compareWorkflowVersions',
    summary: 'Which nodes and values differ between two versions',
  })
  async compare(
    @Param('name') name: string,
    @Query({ schema: compareSchema }) { from, to }: { from: string; to: string },
    @Res() reply: FastifyReply,
  ) {
    const [left, right] = [await this.required(name, from), await this.required(name, to)];
    const { added, removed, changed } = compareGraphs(left.graph, right.graph);
    await send(reply, {
      added: added.map(placed),
      removed: removed.map(placed),
      changed: changed.map(placed),
    });
  }

  @Access('change', 'workflow')
  @Post(':name/channels/:channel')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'pointWorkflowChannel',
    summary: 'Point a channel at a version: put it in service, or roll back (`latest` to an older one)',
  })
  @ApiOkResponse({ schema: jsonSchemaOf(pointedSchema) })
  async point(
    @Param('name') name: string,
    @Param('channel') channel: string,
    @Body({ schema: channelSchema }) { version }: { version: string },
  ) {
    return { name, channel, version: await this.library.point(name, channel, version) };
  }

  private async required(name: string, version: string): Promise<WorkflowDefinition> {
    const definition = await this.library.resolve(`${name}@${version}`);
    if (!definition) throw new Fault('not_found', `there is no version "${version}" of workflow "${name}"`);
    return definition;
  }
}

/** `{graph, manifest?}`, or a workflow alone. */
async function readBody(
  body: Buffer | undefined,
): Promise<{ workflow: unknown; manifest?: Record<string, unknown> }> {
  const parsed = await jsonOf(body ?? '');
  if (isUiWorkflow(parsed) || !isJsonObject(parsed) || !isJsonObject(parsed.graph))
    return { workflow: parsed };
  refuseLargeManifest(parsed.manifest);
  const checked = newVersionSchema.safeParse({ ...parsed, manifest: toPlain(parsed.manifest) });
  if (!checked.success)
    throw new Fault(
      'unprocessable',
      'The request does not fit its schema.',
      fieldErrors(checked.error.issues),
    );
  const { manifest } = checked.data;
  return { workflow: parsed.graph, ...(manifest === undefined ? {} : { manifest }) };
}

const placed = <Entry extends { node: string }>({ node, ...entry }: Entry) => ({
  graph_node: node,
  ...entry,
});

/** Numbers go out with all their digits. */
async function send(reply: FastifyReply, body: unknown): Promise<void> {
  await reply.type('application/json; charset=utf-8').send(stringifyJson(body));
}
