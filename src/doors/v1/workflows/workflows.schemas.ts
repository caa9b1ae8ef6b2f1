import { z } from 'zod';

const outputKind = z.enum(['video', 'image', 'audio', 'text', 'file']);

const choice = z.object({
  class: z.string(),
  input: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]),
});

/** What a node must have to run it. */
const requirementsSchema = z.object({
  node_classes: z.array(z.string()),
  models: z.array(z.string()),
  loras: z.array(z.string()),
  choices: z.array(choice),
});

const summary = z.object({ name: z.string(), title: z.string(), description: z.string() });

export const workflowListSchema = z.object({ workflows: z.array(summary) });

export const workflowDetailSchema = summary.extend({
  inputs: z
    .record(z.string(), z.unknown())
    .describe('JSON Schema (draft 2020-12) of the inputs a job may set.'),
  outputs: z.array(z.object({ graph_node: z.string(), kind: outputKind, title: z.string().nullable() })),
  requirements: requirementsSchema,
  max_run_ms: z.int().nullable(),
});

export type WorkflowListBody = z.infer<typeof workflowListSchema>;
export type WorkflowDetailBody = z.infer<typeof workflowDetailSchema>;
