import type { ServerContext } from '../../execution/server-context.js';
import { toNumber, isDict, type Value, type Writable } from '../../wire/values.js';
import { finishedJob, jobDetails, jobStatuses, queuedJob, type Job } from './job-view.js';
import { json, type Reply, type Request } from '../message.js';
import { isCanonicalUuid } from './prompt-routes.js';
import { interrupt } from './queue-routes.js';
import type { Route } from '../router.js';

/** `/api/jobs…`, declared with its prefix, so that it exists only there (and, by accident, below `/api/api`). */
export function jobRoutes(context: ServerContext): Route[] {
  if (!context.features.has('jobs')) return [];
  const reading: Route[] = [
    { method: 'GET', path: '/api/jobs', handle: (request) => list(context, request) },
    { method: 'GET', path: '/api/jobs/{id}', handle: (request) => one(context, request) },
  ];
  if (!context.features.has('jobCancel')) return reading;
  return [
    ...reading,
    { method: 'POST', path: '/api/jobs/cancel', handle: (request) => cancelSeveral(context, request) },
    {
      method: 'POST',
      path: '/api/jobs/{id}/cancel',
      handle: ({ params }) => json({ cancelled: cancel(context, params['id'] ?? '') }),
    },
  ];
}

const wrong = (error: string): Reply => json({ error }, 400);

function list(context: ServerContext, { query }: Request): Reply {
  const statuses = statusFilter(query.get('status'));
  if (!Array.isArray(statuses)) return wrong(statuses.error);
  const sortBy = query.get('sort_by') ?? 'created_at';
  if (sortBy !== 'created_at' && sortBy !== 'execution_duration')
    return wrong("sort_by must be 'created_at' or 'execution_duration'");
  const order = query.get('sort_order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') return wrong("sort_order must be 'asc' or 'desc'");
  const page = pageOf(query);
  if ('error' in page) return wrong(page.error);
  const jobs = allJobs(context).filter(
    (job) => statuses.includes(job['status'] as string) && fitsWorkflow(job, query.get('workflow_id')),
  );
  const key = sortBy === 'created_at' ? createdAt : duration;
  jobs.sort((a, b) => (order === 'asc' ? key(a) - key(b) : key(b) - key(a)));
  const shown = jobs.slice(page.offset, page.limit === null ? undefined : page.offset + page.limit);
  const hasMore = page.offset + shown.length < jobs.length;
  return json({
    jobs: shown,
    pagination: { offset: page.offset, limit: page.limit, total: jobs.length, has_more: hasMore },
  });
}

function statusFilter(sent: string | null): string[] | { error: string } {
  const wanted = (sent ?? '').split(',').map((part) => part.trim().toLowerCase());
  const named = wanted.filter((part) => part !== '');
  if (named.length === 0) return [...jobStatuses];
  const unknown = named.filter((part) => !(jobStatuses as readonly string[]).includes(part));
  if (unknown.length === 0) return named;
  return { error: `Invalid status value(s): ${unknown.join(', ')}. Valid values: ${jobStatuses.join(', ')}` };
}

function pageOf(query: URLSearchParams): { limit: number | null; offset: number } | { error: string } {
  const [limit, offset] = [query.get('limit'), query.get('offset')];
  if (limit !== null && !/^[+-]?\d+$/.test(limit)) return { error: 'limit must be an integer' };
  if (limit !== null && Number(limit) <= 0) return { error: 'limit must be a positive integer' };
  if (offset !== null && !/^[+-]?\d+$/.test(offset)) return { error: 'offset must be an integer' };
  return { limit: limit === null ? null : Number(limit), offset: Math.max(0, Number(offset ?? 0)) };
}

function allJobs(context: ServerContext): Job[] {
  const { queue, history } = context.life;
  const running = queue.running === undefined ? [] : [queuedJob(context, queue.running, 'in_progress')];
  const pending = queue.pendingItems.map((item) => queuedJob(context, item, 'pending'));
  return [
    ...running,
    ...pending,
    ...[...history.entries.values()].map((entry) => finishedJob(context, entry)),
  ];
}

const fitsWorkflow = (job: Job, wanted: string | null): boolean =>
  wanted === null || wanted === '' || job['workflow_id'] === wanted;
const numeric = (value: Writable | undefined): number => toNumber(value as Value | undefined) ?? 0;
const createdAt = (job: Job): number => numeric(job['create_time']);
const duration = (job: Job): number =>
  numeric(job['execution_end_time']) - numeric(job['execution_start_time']);

/** History wins over the queue when both hold the id. */
function one(context: ServerContext, { params }: Request): Reply {
  const { queue, history } = context.life;
  const id = params['id'] ?? '';
  const entry = history.entries.get(id);
  if (entry !== undefined) return json({ ...finishedJob(context, entry), ...jobDetails(entry) });
  if (queue.running?.promptId === id) return json(queuedJob(context, queue.running, 'in_progress'));
  const pending = queue.pendingItems.find((item) => item.promptId === id);
  return pending === undefined
    ? json({ error: 'Job not found' }, 404)
    : json(queuedJob(context, pending, 'pending'));
}

/** A running prompt is interrupted, a pending one removed without trace. */
function cancel(context: ServerContext, id: string): boolean {
  const { life, record } = context;
  if (life.queue.running?.promptId === id) {
    interrupt(context);
    return true;
  }
  const item = life.queue.delete(id);
  if (item !== undefined) record.settle(item.entry, 'deleted');
  return item !== undefined;
}

async function cancelSeveral(context: ServerContext, request: Request): Promise<Reply> {
  let body: Value;
  try {
    body = await request.json();
  } catch {
    return wrong('Request body must be valid JSON');
  }
  const ids = isDict(body) ? body.get('job_ids') : undefined;
  if (!Array.isArray(ids)) return wrong('job_ids must be a list');
  const invalid = ids.filter((id) => !isCanonicalUuid(id));
  if (invalid.length > 0) return json({ error: 'job_ids contains invalid id(s)', invalid_ids: invalid }, 400);
  const cancelled = ids.map((id) => cancel(context, id as string));
  return json({ cancelled: cancelled.some(Boolean) });
}
