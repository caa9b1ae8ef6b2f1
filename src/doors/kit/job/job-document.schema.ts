/** The one document that tells of a job: what `/v1/jobs/{id}` answers and webhooks send. */
import { z } from 'zod';
import { jobStates } from '../../../modules/jobs/index.js';

export const jobLabels = z
  .record(z.string().min(1).max(63), z.string().max(255))
  .refine((map) => Object.keys(map).length <= 32, 'at most 32 labels');

const errorSchema = z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() });

export const outputSchema = z.object({
  graph_node: z.string(),
  key: z.string(),
  filename: z.string(),
  subfolder: z.string(),
  type: z.string(),
  format: z.string(),
  mime: z.string(),
  sha256: z.string(),
  size_bytes: z.number(),
  url: z.string(),
  text: z
    .string()
    .nullable()
    .describe('A result that is a text (type `text`): its first 16,384 characters; the file has all of it.'),
});

export const jobSchema = z.object({
  id: z.uuid(),
  state: z.enum(jobStates),
  progress: z.number().nullable().describe('0–100 while it runs, 100 after success.'),
  tenant: z.string(),
  workflow: z.string().nullable(),
  priority: z.number(),
  labels: jobLabels.nullable(),
  node_id: z.string().nullable().describe('Node of the latest attempt.'),
  attempts: z.number(),
  cancel_requested: z.boolean(),
  trace_id: z.string().nullable().describe('W3C trace that the job is a part of.'),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable(),
  finished_at: z.iso.datetime().nullable(),
  waiting_for: z.string().nullable().describe('Why a queued job waits.'),
  queue_position: z
    .number()
    .nullable()
    .describe(
      '1: next; counts the queued jobs that sort before it, up to 10,000. Null unless it is queued, or not known.',
    ),
  eta: z
    .object({
      start: z.iso.datetime().describe('Expected start; of a job that has started, when it did.'),
      end: z.iso.datetime(),
      end_p90: z.iso.datetime().describe('Nine of ten jobs end before this.'),
    })
    .nullable()
    .describe('Null when it has ended, or nothing can be expected: no node that takes work can run it.'),
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

export const jobDetailSchema = jobSchema.extend({
  deliver: z
    .object({
      to: z.string().describe('The place in a bucket, or the origins of the addresses.'),
      convert: z.string().nullable(),
      files: z
        .object({ waiting: z.number(), delivered: z.number(), given_up: z.number() })
        .describe('How many results are where, for a week; all 0 until the job has succeeded.'),
    })
    .nullable()
    .describe('Where its results are brought, if somebody asked for it.'),
  history: z.array(attemptSchema),
});
