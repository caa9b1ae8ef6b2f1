import { jsonOf, Access } from '../../kit/index.js';
import { Controller, Get, HttpCode, Inject, Param, Post, Req, SerializeOptions } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Fault } from '../../../platform/fault.js';
import { isJsonObject } from '../../../modules/comfyui/index.js';
import { WorkflowReader } from '../../../modules/fleet/index.js';
import { type Requirements, WorkflowCatalogue } from '../../../modules/workflows/index.js';
import { alike, type JudgedNode, type Judgement } from './alike.js';
import { alikeSchema, allReadinessSchema, readinessSchema } from './nodes.schemas.js';
import { GraphIntake } from '../../../modules/jobs/index.js';
import { required } from '../refused-graph.js';
import { ClusterInventory, NodesService } from '../../../modules/nodes/index.js';

interface Needs {
  requirements: Requirements;
  ignored: string[];
}

interface Named {
  name: string;
  needs: Needs;
}

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
    const workflows = (await this.named()).map(({ name, needs }) => ({ name, ...this.of(needs) }));
    return { ready: workflows.every(({ ready }) => ready), workflows };
  }

  @Access('read', 'catalogue')
  @Get('readiness/alike')
  @ApiOperation({
    operationId: 'getReadinessAlike',
    summary: 'The same with the nodes that stand alike as one, for clusters of many nodes',
  })
  @SerializeOptions({ schema: alikeSchema })
  async alike() {
    const named = await this.named();
    const nodes = judged(this.nodes, named);
    const { groups, otherNodes } = alike(nodes);
    const workflows = named.map(({ name, needs: { ignored } }, at) => {
      const able = nodes.filter(({ acceptsWork, judgements }) => acceptsWork && judgements[at]?.ready);
      return { name, ready: able.length > 0, able_nodes: able.length, ignored };
    });
    return {
      ready: workflows.every(({ ready }) => ready),
      workflows,
      groups: groups.map((group) => ({
        nodes: group.nodes.map(({ id, acceptsWork }) => ({ id, accepts_work: acceptsWork })),
        workflows: group.judgements,
      })),
      other_nodes: otherNodes,
    };
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

  private async named(): Promise<Named[]> {
    return Promise.all(
      this.catalogue.list().map(async ({ name, graph, manifest }) => ({
        name,
        needs: await this.inventory.needsApart(graph, manifest.requirements),
      })),
    );
  }

  private of({ requirements, ignored }: Needs) {
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

/** Every node for every workflow. Nodes of one inventory are judged once. */
function judged(nodes: NodesService, workflows: readonly Named[]): JudgedNode[] {
  const known = new Map<string | undefined, Judgement[]>();
  return nodes.all().map((monitor) => {
    const hash = monitor.facts?.inventoryHash;
    const judgements =
      known.get(hash) ??
      workflows.map(({ name, needs: { requirements } }) => {
        const readiness = nodes.readinessOf(monitor, requirements);
        const missing = readiness && !readiness.ready ? readiness.missing : null;
        return { name, ready: readiness?.ready ?? null, missing };
      });
    known.set(hash, judgements);
    return { id: monitor.settings.id, acceptsWork: monitor.mayReceive, judgements };
  });
}

async function readGraph(body: Buffer | undefined): Promise<unknown> {
  const parsed = await jsonOf(body ?? '');
  if (isJsonObject(parsed) && 'graph' in parsed) return parsed.graph;
  throw new Fault('unprocessable', 'The request does not fit its schema.', [
    { pointer: '/graph', detail: 'Required' },
  ]);
}
