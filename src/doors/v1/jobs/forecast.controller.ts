/** `POST /v1/forecast`: what would become of a submit. Nothing is submitted, fetched or kept. */
import { Controller, HttpCode, Inject, Post, Req, SerializeOptions } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { currentTenant } from '../../../modules/access/index.js';
import { samplingWork } from '../../../modules/comfyui/index.js';
import { WorkflowReader } from '../../../modules/fleet/index.js';
import {
  GraphFiles,
  GraphIntake,
  type SubmitForecast,
  SubmitForecasts,
  type Thought,
  WorkflowIntake,
} from '../../../modules/jobs/index.js';
import { ClusterInventory } from '../../../modules/nodes/index.js';
import { Access, jsonOf } from '../../kit/index.js';
import { jsonSchemaOf } from '../json-schema.js';
import { required } from '../refused-graph.js';
import { forecastSchema } from './forecast.schemas.js';
import { newJobSchema } from './jobs.schemas.js';
import { readSubmission, type ReadSubmission } from './read-submission.js';

type Work = Pick<Thought, 'requirements' | 'definition' | 'workUnits'>;

@ApiTags('jobs')
@Controller('v1/forecast')
export class ForecastController {
  constructor(
    @Inject(SubmitForecasts) private readonly forecasts: SubmitForecasts,
    @Inject(WorkflowIntake) private readonly named: WorkflowIntake,
    @Inject(WorkflowReader) private readonly workflows: WorkflowReader,
    @Inject(GraphIntake) private readonly graphs: GraphIntake,
    @Inject(GraphFiles) private readonly files: GraphFiles,
    @Inject(ClusterInventory) private readonly inventory: ClusterInventory,
  ) {}

  @Access('read', 'catalogue')
  @Post()
  @HttpCode(200)
  @RouteConfig({ rawBody: true })
  @ApiBody({ schema: jsonSchemaOf(newJobSchema) })
  @ApiOperation({
    operationId: 'forecast',
    summary: 'Where and when a job would run, and what is missing where: the body of a submit, without one',
  })
  @SerializeOptions({ schema: forecastSchema })
  async forecast(@Req() request: FastifyRequest<{ Body: Buffer | undefined }>) {
    const read = readSubmission(await jsonOf(request.body ?? ''));
    const { tenant, priority } = read.order;
    const work = await this.workOf(read);
    return bodyOf(await this.forecasts.of({ ...work, priority, tenantId: currentTenant(tenant) }));
  }

  private async workOf({ raw, order }: ReadSubmission): Promise<Work> {
    if ('workflow' in order)
      return this.named.rehearse({ workflow: order.workflow, inputs: raw.inputs ?? {} });
    const read = await this.workflows.read(raw.graph);
    const standing = await this.files.withStandIns(read.graph);
    const { graph } = required(await this.graphs.sanitisePruned(standing));
    const requirements = await this.inventory.needsOf(graph);
    return { requirements, definition: null, workUnits: samplingWork(graph) };
  }
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

function bodyOf({ nodes, foreseen, queuePosition, held }: SubmitForecast): z.input<typeof forecastSchema> {
  const isReady = nodes.some(({ ready, acceptsWork }) => ready === true && acceptsWork);
  const chosen = nodes.find(({ id }) => id === foreseen?.nodeId);
  return {
    ready: isReady,
    node_id: foreseen?.nodeId ?? null,
    start: foreseen ? { p50: timeOf(foreseen.startMs), p90: timeOf(foreseen.startP90Ms) } : null,
    end: foreseen ? { p50: timeOf(foreseen.endMs), p90: timeOf(foreseen.endP90Ms) } : null,
    queue_position: queuePosition,
    load: (chosen?.load ?? []).map(({ model, sizeBytes, ms }) => ({
      model,
      size_bytes: sizeBytes,
      seconds: ms / 1000,
    })),
    waiting_for: held ?? (isReady ? null : 'no node that takes work can run it'),
    nodes: nodes.map(({ id, state, acceptsWork, ready, missing, refusal, load }) => ({
      id,
      state,
      accepts_work: acceptsWork,
      ready,
      missing,
      refusal,
      load: load.map(({ model }) => model),
    })),
  };
}
