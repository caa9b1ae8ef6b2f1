import { z } from 'zod';

const time = z.iso.datetime();

export const statsQuerySchema = z.strictObject({
  minutes: z.coerce.number().int().min(1).max(1_440).default(60),
});
export const statsSchema = z.object({
  minutes: z.array(
    z.object({
      at: time,
      submitted: z.number().int(),
      succeeded: z.number().int(),
      failed: z.number().int(),
      cancelled: z.number().int(),
      expired: z.number().int(),
      wait_p50_s: z.number().nullable().describe('From submit to start, of the jobs that ended then.'),
      wait_p95_s: z.number().nullable(),
    }),
  ),
  failures: z.array(
    z.object({
      code: z.string(),
      workflow: z.string().nullable(),
      node_id: z.string().nullable(),
      jobs: z.number().int(),
      last_job_id: z.uuid(),
      last_message: z.string().nullable(),
      last_at: time,
    }),
  ),
});

export const timeLineQuerySchema = z.strictObject({
  hours: z.coerce.number().int().min(1).max(24).default(3),
});
export const timeLineSchema = z.object({
  id: z.string(),
  from: time,
  to: time,
  runs: z.array(
    z.object({
      job_id: z.uuid(),
      prompt_id: z.uuid(),
      workflow: z.string().nullable(),
      state: z.string(),
      outcome: z.string().nullable(),
      error_code: z.string().nullable(),
      placed_at: time,
      run_from: time.nullable(),
      run_to: time.nullable(),
      closed_at: time.nullable(),
      set_up_ms: z.number().nullable().describe('The part of the run that was no sampling: loads above all.'),
      loads_models: z
        .boolean()
        .nullable()
        .describe('Whether it was placed where its models were not in memory.'),
    }),
  ),
  gaps: z.array(z.object({ from: time, to: time })).describe('A second or longer without a run.'),
  busy_share: z.number().describe('Of the span, in which it ran something.'),
  truncated: z.boolean().describe('There are older runs in the span than are told.'),
});

export const residencySchema = z.object({
  id: z.string(),
  memory: z
    .object({ vram_total_bytes: z.number(), vram_free_bytes: z.number() })
    .nullable()
    .describe('What the node tells of its memory.'),
  models: z
    .array(
      z.object({
        name: z.string(),
        size_bytes: z.number().nullable(),
        last_used_at: time.nullable(),
        last_job_id: z.uuid().nullable(),
        evidence: z.string(),
      }),
    )
    .describe(
      'Believed to be in memory, the most recently used first; the leader writes it down every ten seconds.',
    ),
});

export const inventoryQuerySchema = z.strictObject({
  search: z.string().max(255).default(''),
  kind: z.enum(['file', 'class']).default('file'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const inventorySchema = z.object({
  total: z.number().int(),
  entries: z.array(
    z.object({
      name: z.string(),
      node_count: z.number().int(),
      nodes: z.array(z.string()).describe('The first fifty that have it.'),
      in_memory: z.array(z.string()).describe('Of those fifty, the nodes that hold it in memory.'),
      workflows: z.array(z.string()).describe('Named workflows that need it.'),
    }),
  ),
});
