import { z } from 'zod';

const problem = z.object({
  code: z.string(),
  message: z.string(),
  graph_node: z.string(),
  input: z.string().optional(),
});

const graph = z
  .record(z.string(), z.unknown())
  .describe('In API format: what `POST /v1/jobs` takes as `graph`.');
const problems = z.array(problem).describe('What was odd in the workflow and left a graph all the same.');

const guessed = z.array(z.object({ input: z.string(), why: z.string() }));

/** `POST /v1/workflows:convert` */
export const convertedSchema = z.object({
  format: z.enum(['ui', 'api']).describe('What was given.'),
  graph,
  problems,
});

/** `POST /v1/workflows:propose` */
export const proposedSchema = z.object({
  manifest: z.record(z.string(), z.unknown()).describe('Shape of `<name>.manifest.json`.'),
  guessed,
  graph,
  problems,
});

/** `PUT /v1/workflows/{name}` */
export const keptSchema = z.object({
  name: z.string(),
  version: z.string(),
  channel: z.string(),
  is_new: z.boolean().describe('The version was not known before.'),
  guessed: guessed.describe('Of the manifest, where none was given.'),
  problems,
});
