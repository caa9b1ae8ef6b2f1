import { z } from 'zod';
import type { Requirements } from './requirements.js';

const texts = z.array(z.string()).catch([]);
const names = z.array(z.object({ class: z.string(), names: z.array(z.string()) })).catch([]);
const choices = z
  .array(
    z.object({
      class: z.string(),
      input: z.string(),
      value: z.union([z.string(), z.number(), z.boolean()]),
      nodeIds: texts,
    }),
  )
  .catch([]);
const images = z.array(z.object({ nodeId: z.string(), field: z.string(), value: z.string() })).catch([]);
const stored = z.object({
  nodeClasses: texts,
  choices,
  models: texts,
  loras: texts,
  images,
  inputs: names,
});
const nothing: Requirements = { nodeClasses: [], choices: [], models: [], loras: [], images: [], inputs: [] };

/**
 * Requirements as the record keeps them. What an old or restored row has in another shape counts as not required: the node that
 * is tried then says what it lacks, and only the jobs of that row fail.
 */
export function readRequirements(document: unknown): Requirements {
  const read = stored.safeParse(document);
  return read.success ? read.data : nothing;
}
