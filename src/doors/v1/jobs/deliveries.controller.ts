/** What callers were told of a job and what of it arrived; and sending it again. */
import { Controller, Get, HttpCode, Inject, Param, Post, Req, SerializeOptions } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { validate as isUuid } from 'uuid';
import { may } from '../../../modules/access/index.js';
import { DeliveriesStore } from '../../../modules/deliveries/index.js';
import { JobsService } from '../../../modules/jobs/index.js';
import { Fault } from '../../../platform/fault.js';
import { Access } from '../../kit/index.js';
import { deliveriesSchema, deliveryBody, deliverySchema } from './deliveries.schemas.js';
import { unknownJob } from './unknown-job.js';

@ApiTags('jobs')
@Controller('v1/jobs')
export class DeliveriesController {
  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(DeliveriesStore) private readonly deliveries: DeliveriesStore,
  ) {}

  @Access('read', 'content')
  @Get(':id/deliveries')
  @ApiOperation({
    operationId: 'listDeliveries',
    summary: 'What was told of a job, oldest first, for a week: to whom, how often it was tried, how it went',
  })
  @SerializeOptions({ schema: deliveriesSchema })
  async list(@Param('id') id: string, @Req() request: FastifyRequest) {
    await this.mustSee(id, request);
    return { deliveries: (await this.deliveries.of([id])).map(deliveryBody) };
  }

  @Access('submit', 'job')
  @Post(':id/deliveries/:delivery/redeliver')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'redeliver',
    summary: 'Send one again, under the same `webhook-id`, with the job as it is now',
  })
  @SerializeOptions({ schema: deliverySchema })
  async redeliver(
    @Param('id') id: string,
    @Param('delivery') deliveryId: string,
    @Req() request: FastifyRequest,
  ) {
    await this.mustSee(id, request);
    const asked = isUuid(deliveryId) ? await this.deliveries.askAgain([id], deliveryId) : null;
    if (!asked) throw new Fault('not_found', `job ${id} has no delivery ${deliveryId}`);
    return deliveryBody(asked);
  }

  /** Who may see that a job is there need not see whom its caller wants told. */
  private async mustSee(id: string, { caller: { principal } }: FastifyRequest): Promise<void> {
    const job = await this.jobs.get(id);
    if (!job || !may(principal, 'read', { kind: 'content', ...job }).ok) throw unknownJob(id);
  }
}
