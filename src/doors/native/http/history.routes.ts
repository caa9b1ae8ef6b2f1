/** `/history` and `/api/jobs`: what has become of the caller's prompts. */
import { to } from '../../kit/index.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isJsonObject } from '../../../modules/comfyui/index.js';
import { writeJson } from '../../../modules/comfyui/domain/index.js';
import { isTerminal, type JobState, JobsService } from '../../../modules/jobs/index.js';
import { jobStatuses } from '../domain/job-summary.js';
import type { Caller } from '../domain/may-touch.js';
import type { PromptRecord } from '../domain/prompt-record.js';
import { historyMember, jobText, joinedPieces, type SlicesOf, summaryText } from '../domain/prompt-text.js';
import { isUuid } from '../domain/uuid.js';
import { type JobsFilter, ListingsStore, type PromptKey } from '../record/listings.store.js';
import { NativeStore } from '../record/native.store.js';
import { PromptBodies } from '../record/prompt-bodies.js';
import {
  bodyObject,
  bodyJson,
  idList,
  integerParameter,
  sendJson,
  sendNothing,
  textParameter,
} from './answers.js';
import { callerOf } from './caller.js';
import { LongAnswers } from './long-answers.js';
import { both, idsBytesMax, one } from './routes.js';

const historyMax = 1_000;
const jobsMax = 1_000;

@Injectable()
export class HistoryRoutes {
  constructor(
    @Inject(NativeStore) private readonly store: NativeStore,
    @Inject(ListingsStore) private readonly listings: ListingsStore,
    @Inject(PromptBodies) private readonly bodies: PromptBodies,
    @Inject(LongAnswers) private readonly answers: LongAnswers,
    @Inject(JobsService) private readonly jobs: JobsService,
  ) {}

  register(app: FastifyInstance): void {
    both(app, ['GET', '/history', to('read', 'content')], async (request, reply) =>
      this.history(request, reply),
    );
    both(app, ['GET', '/history/:id', to('read', 'content')], async (request, reply) =>
      this.historyOf(request, reply),
    );
    both(
      app,
      ['POST', '/history', to('cancel', 'job'), { bodyBytesMax: idsBytesMax }],
      async (request, reply) => this.editHistory(request, reply),
    );
    one(app, ['GET', '/api/jobs', to('read', 'content')], async (request, reply) =>
      this.list(request, reply),
    );
    one(app, ['GET', '/api/jobs/:id', to('read', 'content')], async (request, reply) =>
      this.one(request, reply),
    );
    one(
      app,
      ['POST', '/api/jobs/:id/cancel', to('cancel', 'job'), { bodyBytesMax: idsBytesMax }],
      async (request, reply) => this.cancelOne(request, reply),
    );
    one(
      app,
      ['POST', '/api/jobs/cancel', to('cancel', 'job'), { bodyBytesMax: idsBytesMax }],
      async (request, reply) => this.cancelSeveral(request, reply),
    );
  }

  private async history(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const limit = integerParameter(request.query, 'max_items') ?? historyMax;
    const offset = integerParameter(request.query, 'offset') ?? -1;
    if (limit <= 0) return sendJson(reply, {});
    const page = { limit: Math.min(limit, historyMax), offset: offset < 0 ? null : offset };
    const keys = await this.listings.history(callerOf(request), page);
    return this.answers.send(
      reply,
      this.entries(page.offset === null ? newestWithin(keys) : oldestWithin(keys)),
    );
  }

  private async *entries(keys: readonly PromptKey[]): AsyncGenerator<string> {
    yield '{';
    yield* joinedPieces(this.listings.records(keys, true), (record) => historyMember(record, this.slicesOf));
    yield '}';
  }

  private async historyOf(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const record = await this.finished(callerOf(request), idOf(request));
    return record ? this.answers.send(reply, this.entry(record)) : sendJson(reply, {});
  }

  private async *entry(record: PromptRecord): AsyncGenerator<string> {
    yield '{';
    yield* historyMember(record, this.slicesOf);
    yield '}';
  }

  private readonly slicesOf: SlicesOf = (jobId, column) => this.bodies.slices(jobId, column);

  private async editHistory(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { clear, delete: ids } = await bodyObject(request);
    const caller = callerOf(request);
    if (clear) await this.store.hide(caller, 'all');
    await this.store.hide(caller, idList(ids).filter(isUuid));
    return sendNothing(reply);
  }

  private async list(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const filter = readFilter(request.query);
    if (typeof filter === 'string') return sendJson(reply, { error: filter }, 400);
    const { keys, total } = await this.listings.jobs(callerOf(request), filter);
    const limit = integerParameter(request.query, 'limit') ?? null;
    const has_more = filter.offset + keys.length < total;
    return this.answers.send(reply, this.summaries(keys, { offset: filter.offset, limit, total, has_more }));
  }

  private async *summaries(keys: readonly PromptKey[], pagination: object): AsyncGenerator<string> {
    yield '{"jobs": [';
    yield* joinedPieces(this.listings.records(keys, false), summaryText);
    yield `], "pagination": ${writeJson(pagination)}}`;
  }

  private async one(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const caller = callerOf(request);
    const record = await this.touchable(caller, idOf(request));
    const isOver = record !== null && isTerminal(record.state as JobState);
    if (!record || (isOver && !(await this.store.isInHistory(record.jobId))))
      return sendJson(reply, { error: 'Job not found' }, 404);
    return this.answers.send(reply, isOver ? jobText(record, this.slicesOf) : summaryText(record));
  }

  private async cancelOne(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    return sendJson(reply, { cancelled: await this.cancel(callerOf(request), idOf(request)) });
  }

  private async cancelSeveral(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const body = await bodyJson(request);
    if (body === undefined) return sendJson(reply, { error: 'Request body must be valid JSON' }, 400);
    const ids = isJsonObject(body) ? body.job_ids : undefined;
    if (!Array.isArray(ids)) return sendJson(reply, { error: 'job_ids must be a list' }, 400);
    const invalid = ids.filter((id) => !isUuid(id));
    if (invalid.length > 0)
      return sendJson(reply, { error: 'job_ids contains invalid id(s)', invalid_ids: invalid }, 400);
    let cancelled = false;
    for (const id of ids.slice(0, jobsMax))
      cancelled = (await this.cancel(callerOf(request), String(id))) || cancelled;
    return sendJson(reply, { cancelled });
  }

  private async cancel(caller: Caller, id: string): Promise<boolean> {
    const record = await this.touchable(caller, id);
    if (!record || isTerminal(record.state as JobState)) return false;
    return (await this.jobs.cancel(record.jobId)) !== null;
  }

  private async touchable(caller: Caller, id: string): Promise<PromptRecord | null> {
    return isUuid(id) ? this.store.find(id, caller) : null;
  }

  private async finished(caller: Caller, id: string): Promise<PromptRecord | null> {
    const record = await this.touchable(caller, id);
    return record && isTerminal(record.state as JobState) && (await this.store.isInHistory(id))
      ? record
      : null;
  }
}

/** The web UI asks for everything when it opens. */
const historyBytesMax = 64 * 1024 * 1024;

/** One at least, however long it is. */
function oldestWithin(keys: readonly PromptKey[]): PromptKey[] {
  let bytes = 0;
  const tooLong = keys.findIndex((key, index) => (bytes += key.bytes) > historyBytesMax && index > 0);
  return keys.slice(0, tooLong < 0 ? undefined : tooLong);
}

const newestWithin = (keys: readonly PromptKey[]): PromptKey[] =>
  oldestWithin(keys.toReversed()).toReversed();

const idOf = ({ params }: FastifyRequest): string => (params as { id: string }).id;

/** The filter, or the refusal in ComfyUI's words. */
function readFilter(query: unknown): JobsFilter | string {
  const wanted = (textParameter(query, 'status') ?? '').split(',').map((part) => part.trim().toLowerCase());
  const named = wanted.filter((part) => part !== '');
  const unknown = named.filter((part) => !(jobStatuses as readonly string[]).includes(part));
  if (unknown.length > 0)
    return `Invalid status value(s): ${unknown.join(', ')}. Valid values: ${jobStatuses.join(', ')}`;
  const sortBy = textParameter(query, 'sort_by') ?? 'created_at';
  if (sortBy !== 'created_at' && sortBy !== 'execution_duration')
    return "sort_by must be 'created_at' or 'execution_duration'";
  const order = textParameter(query, 'sort_order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') return "sort_order must be 'asc' or 'desc'";
  const page = readPage(query);
  if (typeof page === 'string') return page;
  const statuses = named.length === 0 ? jobStatuses : named;
  return { statuses, workflowId: textParameter(query, 'workflow_id') ?? null, sortBy, order, ...page };
}

const integer = /^[+-]?\d{1,15}$/;

function readPage(query: unknown): { limit: number; offset: number } | string {
  const limit = textParameter(query, 'limit');
  const offset = textParameter(query, 'offset');
  if (limit !== undefined && !integer.test(limit)) return 'limit must be an integer';
  if (limit !== undefined && Number(limit) <= 0) return 'limit must be a positive integer';
  if (offset !== undefined && !integer.test(offset)) return 'offset must be an integer';
  return { limit: Math.min(Number(limit ?? jobsMax), jobsMax), offset: Math.max(0, Number(offset ?? 0)) };
}
