/** The body of a submit, as its schema understands it and as it was written. */
import type { z } from 'zod';
import { isJsonObject, isUiWorkflow, toPlain } from '../../../modules/comfyui/index.js';
import { Fault } from '../../../platform/fault.js';
import { fieldError } from '../../kit/index.js';
import { graphJobSchema, type newJobSchema, workflowJobSchema } from './jobs.schemas.js';

export type Order = z.output<typeof newJobSchema>;

/** `raw` keeps every digit of a graph's numbers; `order` is what the schema understood of the same text. */
export interface ReadSubmission {
  raw: {
    graph?: unknown;
    inputs?: Record<string, unknown>;
    extra_data?: Record<string, unknown>;
  };
  order: Order;
}

/** `parsed` is the whole body. Fault unprocessable, by place. */
export function readSubmission(parsed: unknown): ReadSubmission {
  // The editor's file itself is a graph too.
  const raw = isUiWorkflow(parsed) ? { graph: parsed } : parsed;
  const checked = schemaFor(raw).safeParse(isJsonObject(raw) ? plainOrder(raw) : raw);
  if (checked.success) return { raw: raw as ReadSubmission['raw'], order: checked.data };
  throw new Fault(
    'unprocessable',
    'The request does not fit its schema: give either "workflow" and "inputs", or "graph".',
    checked.error.issues.slice(0, toldMax).map(fieldError),
  );
}

/** One more than a job may have: more need not be looked at to see that there are too many. */
const labelsLookedAt = 33;
/** Mistakes that are told. */
const toldMax = 100;

/** Of these the schema asks only whether they are objects; they may be large. */
const large = new Set(['graph', 'inputs', 'extra_data']);

const plainOrder = (raw: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [
      key,
      large.has(key) && isJsonObject(value) ? value : toPlain(key === 'labels' ? someOf(value) : value),
    ]),
  );

const someOf = (labels: unknown): unknown =>
  isJsonObject(labels) ? Object.fromEntries(Object.entries(labels).slice(0, labelsLookedAt)) : labels;

/** One of the two, so that a mistake is told by its place instead of as "fits neither". */
function schemaFor(raw: unknown): z.ZodType<Order> {
  return isJsonObject(raw) && 'graph' in raw && !('workflow' in raw) ? graphJobSchema : workflowJobSchema;
}
