/** What is done to jobs beyond submitting and ending one: asking for the same again, and ending many. */
import {
  Body,
  Controller,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Req,
  SerializeOptions,
} from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { validate as isUuid } from 'uuid';
import { z } from 'zod';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { reachesAll } from '../../../modules/access/index.js';
import { storedObject } from '../../../modules/comfyui/index.js';
import {
  GraphIntake,
  JobIntake,
  type JobOrder,
  JobOrderStore,
  JobPriorities,
  JobsService,
} from '../../../modules/jobs/index.js';
import { WorkflowLibrary } from '../../../modules/workflows/index.js';
import { Access, publicBaseUrl } from '../../kit/index.js';
import { required } from '../refused-graph.js';
import { acceptedSchema, changedSchema, jobChangeSchema } from './jobs.schemas.js';
import { unknownJob } from './unknown-job.js';

const jobsPerCall = 1_000;

const cancelManySchema = z
  .strictObject({
    tenant: z.string().max(63).optional(),
    workflow: z.string().max(200).optional(),
    state: z.enum(['queued', 'delayed', 'active']).optional(),
  })
  .refine(
    ({ tenant, workflow, state }) => tenant ?? workflow ?? state,
    'name a tenant, a workflow or a state',
  );

const cancelledManySchema = z.object({
  cancelled: z.number().int().describe('They have ended.'),
  stopping: z.number().int().describe('They run; each ends when its node has stopped.'),
  more: z.boolean().describe(`More than ${jobsPerCall} fit: call again.`),
});

@ApiTags('jobs')
@Controller('v1')
export class JobDeedsController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(JobIntake) private readonly intake: JobIntake,
    @Inject(GraphIntake) private readonly graphs: GraphIntake,
    @Inject(JobOrderStore) private readonly orders: JobOrderStore,
    @Inject(WorkflowLibrary) private readonly library: WorkflowLibrary,
    @Inject(JobPriorities) private readonly priorities: JobPriorities,
  ) {}

  @Access('submit', 'job')
  @Post('jobs/:id/retry')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'retryJob',
    summary:
      'Submit the same again as a new job: same version, inputs and seeds, tenant, priority and labels',
  })
  @SerializeOptions({ schema: acceptedSchema })
  async retry(@Param('id') id: string, @Req() request: FastifyRequest) {
    const order = isUuid(id) ? await this.orders.find(id) : null;
    if (!order) throw unknownJob(id);
    const jobId = await this.submitAgain(order);
    return { id: jobId, url: `${publicBaseUrl(this.config.PUBLIC_URL, request)}/v1/jobs/${jobId}` };
  }

  @Access('change', 'job')
  @Patch('jobs/:id')
  @ApiOperation({
    operationId: 'changeJob',
    summary: 'Give a job that waits another priority: its place is as if it had been submitted with it',
  })
  @SerializeOptions({ schema: changedSchema })
  async change(
    @Param('id') id: string,
    @Body({ schema: jobChangeSchema }) { priority }: z.infer<typeof jobChangeSchema>,
  ) {
    const state = await this.priorities.change(id, priority);
    if (!state) throw unknownJob(id);
    return { id, state, priority };
  }

  @Access('cancel', 'job')
  @Post('jobs::cancel')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'cancelJobs',
    summary: `Cancel all jobs of a tenant, workflow or state, ${jobsPerCall} at a time`,
  })
  @SerializeOptions({ schema: cancelledManySchema })
  async cancelMany(
    @Body({ schema: cancelManySchema }) filter: z.infer<typeof cancelManySchema>,
    @Req() { caller: { principal } }: FastifyRequest,
  ) {
    const ofOne = reachesAll(principal, 'job') ? {} : { tenant: principal.tenantId };
    if ('tenant' in ofOne && filter.tenant !== undefined && filter.tenant !== ofOne.tenant)
      throw new Fault('not_found', `there is no tenant "${filter.tenant}"`);
    const ids = await this.orders.open({ ...filter, ...ofOne }, jobsPerCall);
    const asked = await this.jobs.cancelMany(ids);
    return {
      cancelled: asked.filter(({ state }) => state === 'cancelled').length,
      stopping: asked.filter(({ state }) => state === 'active').length,
      more: ids.length === jobsPerCall,
    };
  }

  private async submitAgain(order: JobOrder): Promise<string> {
    const common = {
      door: 'v1',
      tenantId: order.tenantId,
      priority: order.priority,
      labels: order.labels ?? undefined,
    };
    if (order.graph !== null) {
      const extraData =
        order.extraData === null ? {} : { extraData: (await storedObject(order.extraData)) ?? {} };
      const graph = required(
        await this.graphs.check(await storedObject(order.graph), { placed: order.assets }),
      );
      return (await this.intake.submitGraph({ ...common, graph, ...extraData })).jobId;
    }
    const inputs = (await storedObject(order.params ?? '{}')) ?? {};
    return (await this.intake.submitWorkflow({ ...common, workflow: await this.versionOf(order), inputs }))
      .jobId;
  }

  /** The one that it ran, if it is still known. */
  private async versionOf({ workflow, templateHash }: JobOrder): Promise<string> {
    const pinned = `${workflow}@${templateHash}`;
    return (await this.library.resolve(pinned)) ? pinned : (workflow ?? '');
  }
}
