/** `/api/v2/jobs`. What only reads is held while the database is away, since the SDKs give up at the first 5xx. */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { JobsService, type JobView } from '../../../modules/jobs/index.js';
import { LastCall } from '../../../platform/lifecycle/index.js';
import { ApiError, notFound } from '../domain/errors.js';
import { readListQuery } from '../domain/list-query.js';
import { statesOf } from '../domain/status.js';
import { EventStream } from '../event-stream.js';
import { JobReader } from '../job-reader.js';
import { Submissions } from '../submissions.js';
import { bodyObject, patiently, sendJson } from './answers.js';
import type { Route } from './route.js';

const heartbeatIntervalMs = 15_000;

@Injectable()
export class JobRoutes {
  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(JobReader) private readonly reader: JobReader,
    @Inject(Submissions) private readonly submissions: Submissions,
    @Inject(EventStream) private readonly events: EventStream,
    @Inject(LastCall) private readonly lastCall: LastCall,
  ) {}

  readonly routes: Route[] = [
    { method: 'POST', path: '/jobs', handle: async (request, reply) => this.submit(request, reply) },
    { method: 'GET', path: '/jobs', handle: async (request, reply) => this.list(request, reply) },
    {
      method: 'GET',
      path: '/jobs/:id',
      handle: async (request, reply) => this.tell(await this.required(request), request, reply),
    },
    {
      method: 'POST',
      path: '/jobs/:id/cancel',
      handle: async (request, reply) => {
        await this.required(request);
        await this.jobs.cancel(idOf(request));
        return this.tell(await this.required(request), request, reply);
      },
    },
    {
      method: 'GET',
      path: '/jobs/:id/workflow',
      handle: async (request, reply) => this.workflow(request, reply),
    },
    { method: 'GET', path: '/jobs/:id/events', handle: async (request, reply) => this.stream(request, reply) },
  ];

  private async submit(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const key = request.headers['idempotency-key'];
    const id = await this.submissions.submit(bodyObject(request), Array.isArray(key) ? key.join() : key);
    const view = await this.patiently(request, async () => this.jobs.get(id));
    if (!view) throw notFound('job');
    return this.tell(view, request, reply, 201);
  }

  private async list(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { limit, cursor, statuses, labels } = readListQuery(request.query as Record<string, unknown>);
    const page = await this.patiently(request, async () =>
      this.jobs.page({
        limit,
        ...(cursor !== undefined && { cursor }),
        ...(labels && { labels }),
        ...(statuses && { states: [...new Set(statuses.flatMap((status) => statesOf[status]))] }),
      }),
    );
    if (page === 'bad cursor')
      throw new ApiError('invalid_cursor', 'The cursor is not one that this server gave.');
    const baseUrl = this.reader.baseUrl(request);
    const documents = await Promise.all(page.jobs.map(async (view) => this.reader.document(view, baseUrl)));
    return sendJson(reply, {
      jobs: documents.filter(({ status }) => !statuses || statuses.includes(status)),
      truncated: false,
      ...(page.nextCursor !== null && { next_cursor: page.nextCursor }),
    });
  }

  private async workflow(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    await this.required(request);
    const text = await this.patiently(request, async () => this.jobs.graphText(idOf(request)));
    if (text === null) throw notFound('workflow');
    // The stored text goes out as it is: its seeds keep every digit.
    return reply.type('application/json; charset=utf-8').send(`{"workflow":${text},"format":"api"}`);
  }

  private async stream(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const view = await this.required(request);
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    const frames = this.events.begin(view, this.reader.baseUrl(request), gone.signal);
    const stream = Readable.from(frames, { objectMode: false });
    const heartbeat = setInterval(() => reply.raw.write(': still here\n\n'), heartbeatIntervalMs);
    stream.once('close', () => clearInterval(heartbeat));
    await reply
      .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
      .type('text/event-stream; charset=utf-8')
      .send(stream);
  }

  private async tell(
    view: JobView,
    request: FastifyRequest,
    reply: FastifyReply,
    status = 200,
  ): Promise<unknown> {
    const document = await this.patiently(request, async () =>
      this.reader.document(view, this.reader.baseUrl(request)),
    );
    return sendJson(reply, document, status);
  }

  private async required(request: FastifyRequest): Promise<JobView> {
    const view = await this.patiently(request, async () => this.jobs.get(idOf(request)));
    if (!view) throw notFound('job');
    return view;
  }

  private async patiently<T>(request: FastifyRequest, read: () => Promise<T>): Promise<T> {
    const gone = new AbortController();
    request.raw.once('close', () => request.raw.destroyed && gone.abort());
    return patiently(read, AbortSignal.any([gone.signal, this.lastCall.signal]), async (durationMs) => {
      await sleep(durationMs);
    });
  }
}

const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;
