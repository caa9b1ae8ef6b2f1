/**
 * The objects of the contract as this server tells them, under the names that `/openapi.json` gives them. Tests hold every answer
 * against them, and them against the contract's own.
 */
import { z } from 'zod';
import type { AssetDocument } from '../documents/asset-document.js';
import type { JobDocument } from '../documents/job-document.js';

const time = z.iso.datetime();
const count = z.int().min(0);
const labels = z.record(z.string(), z.string());

const status = z
  .enum(['queued', 'running', 'canceling', 'succeeded', 'canceled', 'failed', 'expired'])
  .describe('queued → running → succeeded | failed | expired; a cancel: running → canceling → canceled.');

const progress = z
  .object({
    value: z.number().min(0).max(1),
    nodes_done: count,
    nodes_total: count,
    current_node: z.string().nullable(),
    current_node_class: z.string().nullable(),
    step: count.nullable(),
    steps: count.nullable(),
    message: z.string().nullable().describe('For example `KSampler 21/50`.'),
  })
  .describe('Complete in itself; about two a second at most.');

const output = z.object({
  node_id: z.string(),
  name: z.string(),
  type: z.enum(['image', 'video', 'audio', 'text', 'file', 'latent']),
  content_type: z.string(),
  size_bytes: count,
  id: z.string().describe('Of the asset, as long as the job is kept.'),
  hash: z.string().nullable().describe('`blake3:<hex>`; null while the job runs.'),
  url: z.url(),
  url_expires_at: time,
  job_id: z.string(),
});

const jobError = z.object({
  code: z.string().describe('`node_execution_error` where a node threw.'),
  message: z.string(),
  node_id: z.string().nullable(),
  class_type: z.string().nullable(),
  traceback: z.string().nullable(),
});

const job = z.object({
  id: z.string(),
  status,
  created_at: time,
  started_at: time.nullable(),
  completed_at: time.nullable(),
  expires_at: time,
  queue_position: count.nullable().describe('In the queue of the cluster; 1 is next.'),
  progress: progress.nullable(),
  outputs: z.array(output),
  outputs_reused: z.boolean().describe('The node made none of them anew.'),
  error: jobError.nullable(),
  metrics: z.object({ queue_ms: count.nullable(), execution_ms: count.nullable() }),
  urls: z
    .object({ self: z.string(), events: z.string(), cancel: z.string() })
    .describe('Relative to the host, with the path below which the server stands.'),
  metadata: z.union([labels, z.string()]).describe('As it was submitted.'),
  waiting_for: z.string().nullable().describe('Why a queued job waits.'),
  create_time: time,
  update_time: time,
}) satisfies z.ZodType<JobDocument>;

const asset = z.object({
  id: z.string(),
  hash: z.string().nullable().describe('`blake3:<hex>`'),
  size_bytes: count,
  content_type: z.string(),
  file_path: z.string().nullable(),
  created_new: z.boolean().optional().describe('Of an upload: the bytes were unknown.'),
  created_at: time,
  url: z.url(),
  url_expires_at: time,
  expires_at: time.nullable(),
  job_id: z.string().optional().describe('The job that made it; absent for uploads.'),
}) satisfies z.ZodType<AssetDocument>;

const graph = z.record(z.string(), z.unknown()).describe('In API format.');

const submit = z.object({
  workflow: graph.describe(
    'The graph in API format. `{"__type": "core/ASSET", "info": {"id": …}}` anywhere in an input stands for a file.',
  ),
  extra_data: z
    .strictObject({ api_key_comfy_org: z.string().optional() })
    .optional()
    .describe('Sealed beside the job, given to its node, told to nobody.'),
  metadata: z
    .union([labels, z.string()])
    .optional()
    .describe('Up to 16 labels; a text of up to 1,024 bytes is kept too.'),
});

const refusal = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: graph.describe('').nullable() }),
});

export const schemas = {
  ComfyAsset: asset,
  ComfyError: refusal,
  ComfyHealth: z.object({ status: z.literal('healthy') }),
  ComfyJob: job,
  ComfyJobError: jobError,
  ComfyJobPage: z.object({ jobs: z.array(job), truncated: z.boolean(), next_cursor: z.string().optional() }),
  ComfyJobWorkflow: z.object({ workflow: graph, format: z.literal('api') }),
  ComfyOutput: output,
  ComfyPreviewEvent: z.object({ node_id: z.string(), content_type: z.string(), data_base64: z.base64() }),
  ComfyProgress: progress,
  ComfySubmit: submit,
  ComfyStatusEvent: z.object({ status, queue_position: count.nullable() }),
  ComfyFromHash: z.object({
    hash: z.string(),
    file_path: z.string().optional(),
    content_type: z.string().optional(),
  }),
};

export type SchemaName = keyof typeof schemas;
