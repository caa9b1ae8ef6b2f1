import { jsonOf, Access } from '../../kit/index.js';
import { Controller, Get, HttpCode, Inject, Param, Post, Req, SerializeOptions } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Fault } from '../../../platform/fault.js';
import { isJsonObject } from '../../../modules/comfyui/index.js';
import { WorkflowReader } from '../../../modules/fleet/index.js';
import { type Requirements, WorkflowCatalogue } from '../../../modules/workflows/index.js';
import { allReadinessSchema, readinessSchema } from './nodes.schemas.js';
import { GraphIntake } from '../../../modules/jobs/index.js';
import { required } from '../refused-graph.js';
import { ClusterInventory, NodesService } from '../../../modules/nodes/index.js';

@ApiTags('readiness')
@Controller('v1')
export class ReadinessController {
  constructor(
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(ClusterInventory) private readonly inventory: ClusterInventory,
    @Inject(WorkflowCatalogue) private readonly catalogue: WorkflowCatalogue,
    @Inject(WorkflowReader) private readonly workflows: WorkflowReader,
    @Inject(GraphIntake) private readonly graphs: GraphIntake,
  ) {}

  @Access('read', 'catalogue')
  @Get('readiness')
  @ApiOperation({ summary: 'Which nodes can run which named workflow, and what the others lack' })
  @SerializeOptions({ schema: allReadinessSchema })
  async ofAll() {
    const workflows = await Promise.all(
      this.catalogue.list().map(async ({ name, graph, manifest }) => ({
        name,
        ...this.of(await this.inventory.needsApart(graph, manifest.requirements)),
      })),
    );
    return { ready: workflows.every(({ ready }) => ready), workflows };
  }

  @Access('read', 'catalogue')
  @Get('workflows/:name/readiness')
  @ApiOperation({ summary: 'Which nodes can run a named workflow, and what the others lack' })
  @SerializeOptions({ schema: readinessSchema })
  async ofWorkflow(@Param('name') name: string) {
    const definition = this.catalogue.get(name);
    if (!definition) throw new Fault('not_found', `there is no workflow "${name}"`);
    return this.of(await this.inventory.needsApart(definition.graph, definition.manifest.requirements));
  }

  @Access('read', 'catalogue')
  @Post('readiness')
  @HttpCode(200)
  @RouteConfig({ rawBody: true })
  @ApiOperation({ summary: 'Which nodes can run a graph, and what the others lack' })
  @ApiBody({ schema: { type: 'object', required: ['graph'], properties: { graph: { type: 'object' } } } })
  @SerializeOptions({ schema: readinessSchema })
  async ofGraph(@Req() request: FastifyRequest<{ Body: Buffer | undefined }>) {
    const read = await this.workflows.read(await readGraph(request.body));
    const { graph } = required(await this.graphs.sanitisePruned(read.graph));
    return this.of(await this.inventory.needsApart(graph));
  }

  private of({ requirements, ignored }: { requirements: Requirements; ignored: string[] }) {
    const nodes = this.nodes.all().map((monitor) => {
      const readiness = this.nodes.readinessOf(monitor, requirements);
      return {
        id: monitor.settings.id,
        state: monitor.health.state.name,
        accepts_work: monitor.mayReceive,
        ready: readiness?.ready ?? null,
        missing: readiness && !readiness.ready ? readiness.missing : null,
      };
    });
    return { ready: nodes.some((node) => node.ready === true && node.accepts_work), ignored, nodes };
  }
}

async function readGraph(body: Buffer | undefined): Promise<unknown> {
  const parsed = await jsonOf(body ?? '');
  if (isJsonObject(parsed) && 'graph' in parsed) return parsed.graph;
  throw new Fault('unprocessable', 'The request does not fit its schema.', [
    { pointer: '/graph', detail: 'Required' },
  ]);
}
