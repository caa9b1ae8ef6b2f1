/** `/queue` and `/interrupt`: what waits and runs, as far as the caller may see and touch it. */
import { to } from '../../kit/index.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isJsonObject } from '../../../modules/comfyui/index.js';
import { JobsService } from '../../../modules/jobs/index.js';
import type { Caller } from '../domain/may-touch.js';
import { joinedPieces, promptTuple, type SlicesOf } from '../domain/prompt-text.js';
import { isUuid } from '../domain/uuid.js';
import { ListingsStore, type PromptKey } from '../record/listings.store.js';
import { NativeStore } from '../record/native.store.js';
import { PromptBodies } from '../record/prompt-bodies.js';
import { QueueCount } from '../socket/queue-count.js';
import { LiveRuns } from '../socket/live-runs.js';
import { bodyJson, bodyObject, idList, sendNothing } from './answers.js';
import { callerOf } from './caller.js';
import { LongAnswers } from './long-answers.js';
import { both, idsBytesMax } from './routes.js';

const listedMax = 500;

@Injectable()
export class QueueRoutes {
  constructor(
    @Inject(NativeStore) private readonly store: NativeStore,
    @Inject(ListingsStore) private readonly listings: ListingsStore,
    @Inject(PromptBodies) private readonly bodies: PromptBodies,
    @Inject(LongAnswers) private readonly answers: LongAnswers,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(QueueCount) private readonly count: QueueCount,
    @Inject(LiveRuns) private readonly runs: LiveRuns,
  ) {}

  register(app: FastifyInstance): void {
    both(app, ['GET', '/queue', to('read', 'content')], async (request, reply) => this.list(request, reply));
    both(
      app,
      ['POST', '/queue', to('cancel', 'job'), { bodyBytesMax: idsBytesMax }],
      async (request, reply) => this.edit(request, reply),
    );
    both(
      app,
      ['POST', '/interrupt', to('cancel', 'job'), { bodyBytesMax: idsBytesMax }],
      async (request, reply) => this.interrupt(request, reply),
    );
  }

  private async list(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    return this.answers.send(reply, this.tuples(await this.listings.live(callerOf(request), listedMax)));
  }

  private async *tuples(keys: readonly PromptKey[]): AsyncGenerator<string> {
    const tuplesOf = (some: PromptKey[]) =>
      joinedPieces(this.listings.records(some, true), (record) => promptTuple(record, this.slicesOf));
    yield '{"queue_running": [';
    yield* tuplesOf(keys.filter(({ isRunning }) => isRunning));
    yield '], "queue_pending": [';
    yield* tuplesOf(keys.filter(({ isRunning }) => !isRunning));
    yield ']}';
  }

  private readonly slicesOf: SlicesOf = (jobId, column) => this.bodies.slices(jobId, column);

  /** Pending prompts only; a running one is for `/interrupt`. */
  private async edit(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { clear, delete: ids } = await bodyObject(request);
    const named = new Set(idList(ids));
    const live = await this.store.liveIds(callerOf(request));
    for (const { id, isRunning } of live)
      if (!isRunning && (Boolean(clear) || named.has(id))) await this.jobs.cancel(id);
    this.count.touch();
    return sendNothing(reply);
  }

  /** Without a prompt id: whatever runs for this caller now, and nobody else's. */
  private async interrupt(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const body = await bodyJson(request);
    const target = isJsonObject(body) ? body.prompt_id : undefined;
    const caller = callerOf(request);
    if (target === undefined || target === null || target === '') await this.interruptAll(caller);
    else if (isUuid(target)) await this.interruptOne(caller, target);
    return sendNothing(reply);
  }

  private async interruptAll(caller: Caller): Promise<void> {
    for (const { id, mayRun } of await this.store.liveIds(caller))
      if (mayRun || this.runs.saysRunning(id)) await this.jobs.cancel(id);
  }

  private async interruptOne(caller: Caller, jobId: string): Promise<void> {
    const record = await this.store.find(jobId, caller);
    if (!record) return;
    if (record.mayRun || this.runs.saysRunning(jobId)) await this.jobs.cancel(jobId);
  }
}
