import { z } from 'zod';
import { may, type Principal, reachesAll } from '../../../modules/access/index.js';
import { jobStates } from '../../../modules/jobs/index.js';
import { type EventType, eventTypes, type Wanted } from './wanted.js';

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
  token: z
    .string()
    .max(64)
    .optional()
    .describe('From `POST /v1/tokens`, for clients that can send no header: good for one stream.'),
});

const usual = eventTypes.filter((type) => type !== 'preview');

/** What was asked for, as far as the caller may hear of it; `open` tells the types that are left. */
export function wantedOf(query: z.infer<typeof eventQuerySchema>, principal: Principal): Wanted {
  const mayHear = (type: EventType): boolean =>
    type !== 'node' || may(principal, 'read', { kind: 'node' }).ok;
  const own = [principal.tenantId];
  const seesAll = reachesAll(principal, 'job');
  return {
    types: (query.types ?? usual).filter(mayHear),
    states: query.state ?? null,
    workflows: query.workflow ?? null,
    tenants: seesAll ? (query.tenant ?? null) : own.filter((id) => query.tenant?.includes(id) ?? true),
    nodes: query.node ?? null,
    jobs: query.job ?? null,
    contentOf: reachesAll(principal, 'content') ? null : own,
  };
}

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
