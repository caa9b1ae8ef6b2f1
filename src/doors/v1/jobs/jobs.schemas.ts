import { z } from 'zod';
import { jobEvents } from '../../../modules/deliveries/index.js';
import { jobStates, pictureFormats, reuses } from '../../../modules/jobs/index.js';
import { cursorSchema } from './job-cursor.js';
import { jobLabels as labels, jobSchema } from '../../kit/index.js';

const priority = z
  .int()
  .min(-3)
  .max(3)
  .describe(
    '0 is ordinary; 1, 2 and 3 count as 5 minutes, half an hour and 4 hours of earlier arrival unless the operator chose otherwise (`SCHEDULING_CREDITS_S`), negative ones as so much later.',
  );

/** What every job may have, whatever it runs. */
export const order = {
  priority: priority.default(0),
  deadline: z.iso.datetime({ offset: true }).optional().describe('A job that has not ended by then expires.'),
  labels: labels.optional(),
  webhook: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).max(2048),
      secret: z.string().min(16).max(255).optional().describe('Signs what is sent; kept sealed.'),
      events: z
        .array(z.enum(jobEvents))
        .min(1)
        .max(jobEvents.length)
        .optional()
        .describe('What it is told of; without it the end alone. What is sent then names its `event`.'),
    })
    .optional()
    .describe(
      'Told when the job has ended, or of `events`: a POST of what `GET /v1/jobs/{id}` answers, at least once.',
    ),
  deliver: z
    .strictObject({
      to: z
        .string()
        .max(1024)
        .optional()
        .describe('`s3://bucket/prefix`, in a bucket that is open (`BUCKETS`).'),
      https_put: z
        .array(z.url({ protocol: /^https?$/ }).max(8192))
        .min(1)
        .max(100)
        .optional()
        .describe('Addresses that take a PUT, such as presigned ones: the first result goes to the first.'),
      convert: z
        .strictObject({
          format: z.enum(pictureFormats),
          quality: z.int().min(1).max(100).optional(),
        })
        .optional()
        .describe('What pictures are converted to; other results go as they are.'),
    })
    .refine(({ to, https_put: put }) => (to === undefined) !== (put === undefined), 'give to or https_put')
    .optional()
    .describe('Where its results are brought when it has succeeded.'),
  tenant: z
    .string()
    .max(63)
    .optional()
    .describe('Whom the job is counted for: one of `/v1/tenants`. Without it `default`.'),
};

const reuse = z
  .enum(reuses)
  .optional()
  .describe(
    'Lets the answer be a job of the tenant that does the same and was submitted with `reuse` too: one that has not ended (`queue`), or also one that succeeded within a day (`1d`). Not together with `webhook` or `deliver`.',
  );

export const workflowJobSchema = z.strictObject({
  workflow: z.string().min(1).max(200),
  inputs: z.record(z.string(), z.unknown()).default({}),
  reuse,
  ...order,
});

export const graphJobSchema = z.strictObject({
  graph: z.record(z.string(), z.unknown()),
  extra_data: z.record(z.string(), z.unknown()).optional(),
  reuse,
  ...order,
});

/** `POST /v1/jobs`: a named workflow with its inputs, or a whole graph in ComfyUI's API format. */
export const newJobSchema = z.union([workflowJobSchema, graphJobSchema]);

/** `label.NAME=VALUE` as an object. */
function withLabels(query: unknown): unknown {
  const entries = Object.entries((query ?? {}) as Record<string, unknown>);
  const labelled = entries.filter(([name]) => name.startsWith('label.'));
  const rest = Object.fromEntries(entries.filter(([name]) => !name.startsWith('label.')));
  if (labelled.length === 0) return rest;
  return {
    ...rest,
    labels: Object.fromEntries(labelled.map(([name, value]) => [name.slice('label.'.length), value])),
  };
}

export const jobListSchema = z.preprocess(
  withLabels,
  z.strictObject({
    state: z.enum(jobStates).optional(),
    workflow: z.string().max(200).optional(),
    tenant: z.string().max(63).optional(),
    principal: z.string().max(63).optional().describe('Who submitted it.'),
    door: z.string().max(63).optional().describe('Where it came in: `v1`, `native`, `compat-5014`, …'),
    node: z.string().max(255).optional().describe('The node of its latest attempt.'),
    label: z
      .string()
      .max(400)
      .regex(/^[^=]{1,63}=/, 'key=value')
      .optional(),
    ended_after: z.iso.datetime({ offset: true }).optional(),
    search: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe(
        'The beginning of an id, or a part of tenant, workflow, label or error. A page may then hold fewer than `limit`, or none: `next_cursor` goes on with older jobs.',
      ),
    cursor: cursorSchema,
    limit: z.coerce.number().int().min(1).max(200).default(50),
    labels: labels.optional().describe('`label.NAME=VALUE`, all of which must be on the job.'),
  }),
);

const nodeScoreSchema = z.object({
  node_id: z.string(),
  cost_s: z.number(),
  terms: z
    .record(z.string(), z.number())
    .describe('Seconds by term, in full. They add up to the cost, of which the run itself is counted half.'),
});

/** `PATCH /v1/jobs/{id}` */
export const jobChangeSchema = z.strictObject({ priority });
export const changedSchema = z.object({ id: z.uuid(), state: z.enum(jobStates), priority: z.number() });

/** `GET /v1/jobs/{id}/decision` */
export const decisionSchema = z.object({
  id: z.uuid(),
  state: z.enum(jobStates),
  placed: nodeScoreSchema
    .extend({
      at: z.iso.datetime(),
      attempt: z.number(),
      behind_another: z.boolean().describe('Posted behind the prompt that ran there, in its last seconds.'),
      held_s: z.number().describe('How long it was kept back for a warm node.'),
      reserved: z.boolean().describe('The node was kept for it.'),
      key: z.number().describe('The order key that won, in virtual seconds.'),
      runners_up: z
        .array(nodeScoreSchema)
        .describe('The other free nodes that could have taken it, best first.'),
    })
    .nullable()
    .describe('The latest placement.'),
  waiting: z
    .object({
      kind: z.string(),
      reason: z.string().describe('For a person.'),
      details: z.record(z.string(), z.unknown()),
    })
    .nullable(),
  queue_position: jobSchema.shape.queue_position,
  eta: jobSchema.shape.eta,
});
export type DecisionBody = z.infer<typeof decisionSchema>;

export const jobPageSchema = z.object({ jobs: z.array(jobSchema), next_cursor: z.string().nullable() });
export const acceptedSchema = z.object({
  id: z.uuid(),
  url: z.string(),
  reused: z.literal(true).optional().describe('It is a job that was there: see `reuse`.'),
});
export const cancelledSchema = z.object({ id: z.uuid(), state: z.enum(jobStates) });
