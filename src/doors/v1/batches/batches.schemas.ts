import { z } from 'zod';
import { deliveryStates } from '../../../modules/deliveries/index.js';
import { batchJobsMax } from '../../../modules/jobs/index.js';
import { listedBatchSchema } from '../../kit/index.js';
import { deliverySchema } from '../jobs/deliveries.schemas.js';
import { cursorSchema } from '../jobs/job-cursor.js';
import { order } from '../jobs/jobs.schemas.js';

const { url, secret } = order.webhook.unwrap().shape;
const ofAll = {
  tenant: order.tenant,
  webhook: z
    .strictObject({ url, secret })
    .optional()
    .describe('Told once, when all jobs have ended: a POST of what `GET /v1/batches/{id}` answers.'),
};
const job = z.record(z.string(), z.unknown());

export const batchOfJobsSchema = z.strictObject({
  jobs: z.array(job).min(1).max(batchJobsMax).describe('Each as in `POST /v1/jobs`.'),
  ...ofAll,
});

export const sweptBatchSchema = z.strictObject({
  job: job.describe('As in `POST /v1/jobs`.'),
  sweep: z
    .record(z.string(), z.array(z.unknown()).min(1))
    .describe(
      'Lists of values: by the name of an input; of a graph in API format by `NODE.FIELD`, for example `3.seed`.',
    ),
  mode: z
    .enum(['product', 'zip'])
    .default('product')
    .describe(
      '`product`: a job for each combination, the last list fastest. `zip`: a job for each place of the lists.',
    ),
  ...ofAll,
});

/** `POST /v1/jobs/batch` */
export const newBatchSchema = z.union([batchOfJobsSchema, sweptBatchSchema]);

/** `GET /v1/batches` */
export const batchListSchema = z.strictObject({
  tenant: z.string().max(63).optional(),
  cursor: cursorSchema,
  limit: z.coerce.number().int().min(1).max(50).default(20),
});
export const batchPageSchema = z.object({
  batches: z.array(listedBatchSchema),
  next_cursor: z.string().nullable(),
});

/** `GET /v1/batches/{id}/deliveries` */
export const batchDeliveriesQuerySchema = z.strictObject({ state: z.enum(deliveryStates).optional() });
export const batchDeliverySchema = deliverySchema.extend({
  job: z.uuid().nullable().describe('Null: of the batch itself.'),
});
export const batchDeliveriesSchema = z.object({ deliveries: z.array(batchDeliverySchema) });
