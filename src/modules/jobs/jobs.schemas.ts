import { z } from 'zod';
import { jobStates } from './domain/states.js';

const labels = z
  .record(z.string().min(1).max(63), z.string().max(255))
  .refine((map) => Object.keys(map).length <= 32, 'at most 32 labels');

const order = {
  priority: z
    .int()
    .min(-3)
    .max(3)
    .default(0)
    .describe(
      '0 is ordinary; 1, 2 and 3 count as 5 minutes, half an hour and 4 hours of earlier arrival, negative ones as so much later.',
    ),
  deadline: z.iso.datetime({ offset: true }).optional().describe('A job that has not ended by then expires.'),
  labels: labels.optional(),
  webhook: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).max(2048),
      secret: z.string().min(16).max(255).optional().describe('Signs what is sent; kept sealed until then.'),
    })
    .optional()
    .describe('Told when the job has ended: a POST of what `GET /v1/jobs/{id}` answers, at least once.'),
  tenant: z
    .string()
    .max(63)
    .optional()
    .describe('Whom the job is counted for: one of `/v1/tenants`. Without it `default`.'),
};

export const workflowJobSchema = z.strictObject({
  workflow: z.string().min(1).max(200),
  inputs: z.record(z.string(), z.unknown()).default({}),
  ...order,
});

export const graphJobSchema = z.strictObject({
  graph: z.record(z.string(), z.unknown()),
  extra_data: z.record(z.string(), z.unknown()).optional(),
  ...order,
});

/** `POST /v1/jobs`: a named workflow with its inputs, or a whole graph in ComfyUI's API format. */
export const newJobSchema = z.union([workflowJobSchema, graphJobSchema]);

export const jobListSchema = z.object({
  state: z.enum(jobStates).optional(),
  workflow: z.string().max(200).optional(),
  cursor: z.uuid().optional().describe('`next_cursor` of the page before.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

const errorSchema = z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() });

export const outputSchema = z.object({
  node_id: z.string(),
  key: z.string(),
  filename: z.string(),
  subfolder: z.string(),
  type: z.string(),
  format: z.string(),
  mime: z.string(),
  sha256: z.string(),
  size_bytes: z.number(),
  url: z.string(),
});

export const jobSchema = z.object({
  id: z.uuid(),
  state: z.enum(jobStates),
  progress: z.number().nullable().describe('0–100 while it runs, 100 after success.'),
  tenant: z.string(),
  workflow: z.string().nullable(),
  priority: z.number(),
  labels: labels.nullable(),
  node_id: z.string().nullable().describe('Node of the latest attempt.'),
  attempts: z.number(),
  cancel_requested: z.boolean(),
  trace_id: z.string().nullable().describe('W3C trace that the job is a part of.'),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable(),
  finished_at: z.iso.datetime().nullable(),
  waiting_for: z.string().nullable().describe('Why a queued job waits.'),
  error: errorSchema.nullable(),
  outputs: z.array(outputSchema),
});
export type JobBody = z.infer<typeof jobSchema>;

export const attemptSchema = z.object({
  prompt_id: z.uuid(),
  no: z.number(),
  node_id: z.string(),
  state: z.string(),
  outcome: z.string().nullable(),
  error: errorSchema.nullable(),
  decision: z.unknown(),
  created_at: z.iso.datetime(),
  running_at: z.iso.datetime().nullable(),
  closed_at: z.iso.datetime().nullable(),
});

export const jobDetailSchema = jobSchema.extend({ history: z.array(attemptSchema) });
export const jobPageSchema = z.object({ jobs: z.array(jobSchema), next_cursor: z.uuid().nullable() });
export const acceptedSchema = z.object({ id: z.uuid(), url: z.string() });
export const cancelledSchema = z.object({ id: z.uuid(), state: z.enum(jobStates) });
