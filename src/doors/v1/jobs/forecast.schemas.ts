import { z } from 'zod';
import { readinessSchema } from '../nodes/nodes.schemas.js';

const expected = z.object({
  p50: z.iso.datetime(),
  p90: z.iso.datetime().describe('Nine of ten are not later.'),
});

const load = z.object({
  model: z.string(),
  size_bytes: z.number().describe('Where no node tells it, a guess by the kind of model.'),
  seconds: z.number(),
});

/** `POST /v1/forecast` */
export const forecastSchema = z.object({
  ready: readinessSchema.shape.ready,
  node_id: z.string().nullable().describe('Where it would run.'),
  start: expected.nullable().describe('Null when no node that takes work can run it, or nothing is known.'),
  end: expected.nullable(),
  queue_position: z.number().int().describe('1: next; up to 10,000.'),
  load: z.array(load).describe('Models that the node must load for it.'),
  waiting_for: z.string().nullable().describe('Why nothing is foreseen.'),
  nodes: z.array(
    readinessSchema.shape.nodes.element.extend({
      refusal: z
        .object({ filter: z.string(), detail: z.string() })
        .nullable()
        .describe('What its machine lacks: memory, a label, a pool.'),
      load: z.array(z.string()).describe('Models that it does not hold in memory.'),
    }),
  ),
});
