/** What was told of a batch and of its jobs, and which of their results were brought where; and sending it again. */
import { Controller, Get, HttpCode, Inject, Param, Post, Query, SerializeOptions } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { validate as isUuid } from 'uuid';
import type { z } from 'zod';
import { DeliveriesStore, type Delivery } from '../../../modules/deliveries/index.js';
import { type Batch, Batches } from '../../../modules/jobs/index.js';
import { Fault } from '../../../platform/fault.js';
import { Access } from '../../kit/index.js';
import { deliveryBody } from '../jobs/deliveries.schemas.js';
import { batchDeliveriesQuerySchema, batchDeliveriesSchema, batchDeliverySchema } from './batches.schemas.js';
import { requiredBatch } from './required-batch.js';

@ApiTags('jobs')
@Controller('v1/batches')
export class BatchDeliveriesController {
  constructor(
    @Inject(Batches) private readonly batches: Batches,
    @Inject(DeliveriesStore) private readonly deliveries: DeliveriesStore,
  ) {}

  @Access('read', 'content')
  @Get(':id/deliveries')
  @ApiOperation({
    operationId: 'listBatchDeliveries',
    summary:
      'What was told of a batch, then what was told of its jobs and where their results were brought, oldest first; a thousand at most',
  })
  @SerializeOptions({ schema: batchDeliveriesSchema })
  async list(
    @Param('id') id: string,
    @Query({ schema: batchDeliveriesQuerySchema }) { state }: z.infer<typeof batchDeliveriesQuerySchema>,
  ) {
    const batch = await requiredBatch(this.batches, id, 'content');
    return { deliveries: (await this.deliveries.of(subjectsOf(batch), state)).map(bodyOf) };
  }

  @Access('submit', 'job')
  @Post(':id/deliveries/:delivery/redeliver')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'redeliverOfBatch',
    summary: 'Send one again, under the same `webhook-id`, with the batch or job as it is now',
  })
  @SerializeOptions({ schema: batchDeliverySchema })
  async redeliver(@Param('id') id: string, @Param('delivery') deliveryId: string) {
    const batch = await requiredBatch(this.batches, id, 'content');
    const asked = isUuid(deliveryId) ? await this.deliveries.askAgain(subjectsOf(batch), deliveryId) : null;
    if (asked) return bodyOf(asked);
    throw new Fault('not_found', `batch ${batch.id} has no delivery ${deliveryId.slice(0, 100)}`);
  }
}

const subjectsOf = ({ id, jobIds }: Batch): string[] => [id, ...jobIds];

const bodyOf = (delivery: Delivery): z.infer<typeof batchDeliverySchema> => ({
  ...deliveryBody(delivery),
  job: delivery.kind === 'batch' ? null : delivery.jobId,
});
