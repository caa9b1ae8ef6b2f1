/** The body of a submit, as its schema understands it and as it was written. */
import type { z } from 'zod';
import { isJsonObject, isUiWorkflow, toPlain } from '../../../modules/comfyui/index.js';
import { Fault } from '../../../platform/fault.js';
import { fieldErrors } from '../../kit/index.js';
import { firstMembers } from '../first-members.js';
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
    fieldErrors(checked.error.issues),
  );
}

/** More members than any part of an order has. */
const membersMax = 100;

/** Of these the schema asks only whether they are objects; they may be large. */
const large = new Set(['graph', 'inputs', 'extra_data']);

const plainOrder = (raw: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(firstMembers(raw, membersMax)).map(([key, value]) => [
      key,
      large.has(key) && isJsonObject(value) ? value : toPlain(partOf(value)),
    ]),
  );

const partOf = (value: unknown): unknown => (isJsonObject(value) ? firstMembers(value, membersMax) : value);

/** One of the two, so that a mistake is told by its place instead of as "fits neither". */
function schemaFor(raw: unknown): z.ZodType<Order> {
  return isJsonObject(raw) && 'graph' in raw && !('workflow' in raw) ? graphJobSchema : workflowJobSchema;
}
