/** The jobs of a batch as its body tells them: one by one, or one with lists of values. */
import type { z } from 'zod';
import { isJsonObject } from '../../../modules/comfyui/index.js';
import { batchJobsMax, sweep, type Values } from '../../../modules/jobs/index.js';
import { Fault } from '../../../platform/fault.js';
import { fieldErrors } from '../../kit/index.js';
import { firstMembers } from '../first-members.js';
import { batchOfJobsSchema, sweptBatchSchema } from './batches.schemas.js';

export interface Member {
  /** As `POST /v1/jobs` takes it, with every digit; of a sweep it is made when it is asked for. Fault unprocessable. */
  raw: () => Values;
  /** Its place in the body. */
  pointer: string;
}

type Read<Schema extends z.ZodType> = z.output<Schema>;

export interface ReadBatch {
  members: Member[];
  /** What is said of the whole. */
  common: Pick<Read<typeof batchOfJobsSchema>, 'tenant' | 'webhook'>;
}

/** More lists than a sweep has, and more members than a batch has, need not be looked at to see that there are too many. */
const membersMax = 100;

/** `raw` is the whole body, with every digit. Fault unprocessable. */
export function readBatch(raw: unknown): ReadBatch {
  const outline = isJsonObject(raw) ? outlineOf(raw) : raw;
  if (isJsonObject(raw) && 'sweep' in raw) return swept(raw, checked(sweptBatchSchema, outline));
  const { jobs: _checked, ...common } = checked(batchOfJobsSchema, outline);
  const { jobs } = raw as { jobs: Values[] };
  return { members: jobs.map((job, no) => ({ raw: () => job, pointer: `/jobs/${no}` })), common };
}

/** What the schema asks about: not what is in the jobs, which are read one by one. */
function outlineOf(body: Values): Values {
  const outline = firstMembers(body, membersMax);
  const jobs = Array.isArray(body.jobs) ? body.jobs.slice(0, batchJobsMax + 1) : undefined;
  return {
    ...outline,
    ...(jobs && { jobs: jobs.map(emptied) }),
    ...('job' in body && { job: emptied(body.job) }),
    ...(isJsonObject(body.sweep) && { sweep: firstMembers(body.sweep, membersMax + 1) }),
  };
}

const emptied = (job: unknown): unknown => (isJsonObject(job) ? {} : job);

/** From what was written and not from what the schema made of it, which leaves out names of prototypes. */
function swept(written: Values, { mode, tenant, webhook }: Read<typeof sweptBatchSchema>): ReadBatch {
  const made = sweep(written.sweep as Values, mode, batchJobsMax);
  if (!made.ok) throw unfit(made.message, made.name);
  const job = written.job as Values;
  return {
    members: made.values.map((values) => ({ raw: () => withValues(job, values), pointer: '/job' })),
    common: { tenant, webhook },
  };
}

function withValues(job: Values, values: Values): Values {
  if ('graph' in job) return { ...job, graph: graphWith(job.graph, values) };
  const { inputs = {} } = job;
  return isJsonObject(inputs) ? { ...job, inputs: { ...inputs, ...values } } : job;
}

/** What the values do not touch is shared by all jobs. */
function graphWith(graph: unknown, values: Values): Values {
  const changed = new Map<string, unknown>(isJsonObject(graph) ? Object.entries(graph) : []);
  for (const [name, value] of Object.entries(values)) {
    const dot = name.indexOf('.');
    const [id, field] = [name.slice(0, dot), name.slice(dot + 1)];
    const node = changed.get(id);
    if (dot < 1 || field === '' || !isJsonObject(node) || !isJsonObject(node.inputs))
      throw unfit('NODE.FIELD of a node of the graph, which is in API format', name);
    changed.set(id, { ...node, inputs: { ...node.inputs, [field]: value } });
  }
  return Object.fromEntries(changed);
}

function checked<Schema extends z.ZodType>(schema: Schema, raw: unknown): Read<Schema> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  throw new Fault(
    'unprocessable',
    `The request does not fit its schema: give "jobs", or "job" with "sweep"; ${batchJobsMax} jobs at most.`,
    fieldErrors(result.error.issues),
  );
}

const nameLengthMax = 100;

/** `name` is that of the list which has the mistake. */
function unfit(message: string, name?: string): Fault {
  const path = name === undefined ? ['sweep'] : ['sweep', name.slice(0, nameLengthMax)];
  return new Fault('unprocessable', 'The request does not fit its schema.', fieldErrors([{ path, message }]));
}
