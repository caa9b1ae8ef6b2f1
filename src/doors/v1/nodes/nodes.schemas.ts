import { z } from 'zod';
import {
  nodeLabels as labels,
  nodeName,
  nodeUrl,
  nodeWeight as weight,
} from '../../../modules/nodes/index.js';

export const newNodeSchema = z.strictObject({
  id: nodeName.describe('Name of the node, unique.'),
  url: nodeUrl.describe('Where ComfyUI listens; userinfo is sent as basic auth and never shown.'),
  weight: weight.default(1).describe('2 makes the node look twice as fast; 0 gives it no work.'),
  labels: labels.default({}),
});

export const nodeChangeSchema = z.strictObject({
  url: nodeUrl.optional(),
  weight: weight.optional(),
  labels: labels.optional(),
  admin: z.enum(['active', 'draining', 'disabled']).optional(),
});

export const nodeSchema = z.object({
  id: z.string(),
  url: z.string(),
  source: z.string(),
  state: z.enum(['unknown', 'probing', 'ready', 'suspect', 'incompatible', 'down']),
  admin: z.enum(['active', 'draining', 'drained', 'disabled']),
  leaving: z.boolean().describe('Its source has let go of it: it is forgotten when its work is done.'),
  flags: z.array(z.string()),
  breaker: z.enum(['closed', 'open', 'half_open']),
  accepts_work: z.boolean(),
  reason: z.string().nullable(),
  weight: z.number(),
  labels: z.record(z.string(), z.string()),
  version: z.string().nullable(),
  devices: z.array(z.object({ name: z.string(), type: z.string(), vram_total_bytes: z.number() })),
  inventory_hash: z.string().nullable(),
  last_seen_at: z.iso.datetime().nullable(),
});

export const nodeListSchema = z.object({
  nodes: z.array(nodeSchema),
  next_cursor: z.string().nullable().describe('Goes on from there; null where no node is left.'),
});

const nodesPerPageMax = 1_000;

export const nodePageSchema = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(nodesPerPageMax)
    .optional()
    .describe('Nodes in one answer; all of them where it is not given.'),
  cursor: z.string().max(255).optional().describe('`next_cursor` of the page before.'),
});

const missingChoice = z.object({
  class: z.string(),
  input: z.string(),
  value: z.unknown(),
  nearest: z.string().optional().describe('The most similar name that the node has.'),
});

const missing = z.object({
  classes: z.array(z.string()),
  models: z.array(missingChoice),
  loras: z.array(missingChoice),
  choices: z.array(missingChoice),
  inputs: z.array(z.object({ class: z.string(), input: z.string() })),
});
const readyOrNot = z.boolean().nullable().describe('Null while the inventory of the node is unknown.');

const ignored = z
  .array(z.string())
  .describe(
    'Embeddings that its texts name and no node has: it runs without them, as on a ComfyUI of its own.',
  );

export const readinessSchema = z.object({
  ready: z.boolean().describe('At least one node that accepts work can run it.'),
  ignored,
  nodes: z.array(
    z.object({
      id: z.string(),
      state: z.string(),
      accepts_work: z.boolean(),
      ready: readyOrNot,
      missing: missing.nullable(),
    }),
  ),
});

export const allReadinessSchema = z.object({
  ready: z.boolean().describe('Every named workflow can run on some node that accepts work.'),
  workflows: z.array(readinessSchema.extend({ name: z.string() })),
});

export const alikeSchema = z.object({
  ready: z.boolean().describe('Every named workflow can run on some node that accepts work.'),
  workflows: z.array(
    z.object({
      name: z.string(),
      ready: z.boolean(),
      able_nodes: z.number().int().describe('Nodes that accept work and can run it.'),
      ignored,
    }),
  ),
  groups: z
    .array(
      z.object({
        nodes: z.array(z.object({ id: z.string(), accepts_work: z.boolean() })),
        workflows: z.array(z.object({ name: z.string(), ready: readyOrNot, missing: missing.nullable() })),
      }),
    )
    .describe('Nodes that can run the same workflows and lack the same for the others; the largest first.'),
  other_nodes: z.number().int().describe('Nodes of the groups beyond the hundred largest.'),
});
