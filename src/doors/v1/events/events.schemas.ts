import { z } from 'zod';
import { jobStates } from '../../../modules/jobs/index.js';
import { eventTypes, type Wanted } from './wanted.js';

const entriesMax = 200;

/** Values separated by commas. */
const listOf = <Item extends z.ZodType<string, string>>(item: Item) =>
  z
    .string()
    .max(20_000)
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(item).min(1).max(entriesMax))
    .optional();

const name = z.string().max(255);
export const eventQuerySchema = z.strictObject({
  types: listOf(z.enum(eventTypes)).describe('Default: all but `preview`.'),
  state: listOf(z.enum(jobStates)),
  workflow: listOf(name),
  tenant: listOf(name),
  node: listOf(name),
  job: listOf(z.uuid()),
  last_event_id: z
    .string()
    .max(64)
    .optional()
    .describe('As the header `Last-Event-ID`, for clients that cannot send it.'),
});

const usual = eventTypes.filter((type) => type !== 'preview');

export const wantedOf = (query: z.infer<typeof eventQuerySchema>): Wanted => ({
  types: query.types ?? usual,
  states: query.state ?? null,
  workflows: query.workflow ?? null,
  tenants: query.tenant ?? null,
  nodes: query.node ?? null,
  jobs: query.job ?? null,
});

const sum = {
  queued: z.number().int(),
  delayed: z.number().int().describe('Jobs that pause before their next try.'),
  active: z.number().int(),
  oldest_at: z.iso.datetime().nullable().describe('Submit of the oldest that waits.'),
};
const others = z.object(sum).nullable().describe('Those beyond the hundred with most jobs.');

export const queueSchema = z.object({
  ...sum,
  workflows: z.array(z.object({ workflow: z.string().nullable(), ...sum })),
  other_workflows: others,
  tenants: z.array(z.object({ tenant: z.string(), ...sum })),
  other_tenants: others,
});
