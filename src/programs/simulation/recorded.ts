/**
 * Reads a recorded workload: one JSON object per line, written by `npm run trace:export` from a real database.
 *
 * Lines are `{"kind":"node",...}`, `{"kind":"model",...}`, `{"kind":"job",...}` and at most one `{"kind":"latency",...}` in any order; times are milliseconds.
 * A job's `baseMs` is its warm run time multiplied by the speed of the node it ran on.
 */
import { z } from 'zod';
import type { Latency, Trace } from './trace.js';

const line = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('node'),
    id: z.string(),
    gpuClass: z.string(),
    vramBytes: z.number().positive(),
    models: z.array(z.string()),
    speed: z.number().positive(),
    loadSlowness: z.number().positive().optional(),
  }),
  z.object({
    kind: z.literal('model'),
    name: z.string(),
    sizeBytes: z.number().positive(),
    loadMs: z.number().nonnegative(),
  }),
  z.object({
    kind: z.literal('latency'),
    signalMs: z.number().nonnegative(),
    orderMs: z.number().nonnegative(),
    turnoverMs: z.number().nonnegative(),
  }),
  z.object({
    kind: z.literal('job'),
    id: z.string(),
    arrivalMs: z.number(),
    tenantId: z.string(),
    priority: z.number().int().min(0).max(3),
    models: z.array(z.string()),
    profileId: z.string(),
    workUnits: z.number().positive(),
    baseMs: z.number().positive(),
    /** As measured, until useful work began. */
    waitMs: z.number().nonnegative().optional(),
  }),
]);

export type RecordedLine = z.infer<typeof line>;

/** Throws with the line number when a line is not of these shapes, or names a model or node set nobody has. */
export function parseRecorded(name: string, text: string): Trace {
  const trace: Trace = { name, nodes: [], models: [], jobs: [], batch: false };
  for (const [at, json] of text.split('\n').entries()) {
    if (json.trim() === '') continue;
    const parsed = line.safeParse(JSON.parse(json));
    if (!parsed.success) throw new Error(`${name}, line ${at + 1}: ${z.prettifyError(parsed.error)}`);
    const { kind, ...value } = parsed.data;
    if (kind === 'node') trace.nodes.push(value as Trace['nodes'][number]);
    else if (kind === 'model') trace.models.push(value as Trace['models'][number]);
    else if (kind === 'latency') trace.latency = value as Latency;
    else trace.jobs.push(value as Trace['jobs'][number]);
  }
  return checked(trace);
}

function checked(trace: Trace): Trace {
  const known = new Set(trace.models.map((model) => model.name));
  for (const job of trace.jobs) {
    const unknown = job.models.find((model) => !known.has(model));
    if (unknown !== undefined)
      throw new Error(`${trace.name}: job ${job.id} needs ${unknown}, which has no line`);
    if (!trace.nodes.some((node) => job.models.every((model) => node.models.includes(model)))) {
      throw new Error(`${trace.name}: no node has the models of job ${job.id}`);
    }
  }
  trace.jobs.sort((a, b) => a.arrivalMs - b.arrivalMs || (a.id < b.id ? -1 : 1));
  return trace;
}
