/** `/api/v2/jobs`. What only reads is held while the database is away, since the SDKs give up at the first 5xx. */
import { Readable } from 'node:stream';
import { answerEvents, to, type Route } from '../../kit/index.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { JobPages, JobsService, type JobView } from '../../../modules/jobs/index.js';
import { ApiError, notFound } from '../domain/errors.js';
import { readCursor, writeCursor } from '../documents/cursor.js';
import type { JobDocument } from '../documents/job-document.js';
import { readListQuery } from '../domain/list-query.js';
import { statesOf } from '../domain/status.js';
import { EventStream } from '../event-stream.js';
import { JobReader } from '../job-reader.js';
import { Submissions } from '../submissions.js';
import { bodyObject, sendJson } from './answers.js';
import { Patience } from './patience.js';
import { utf8InTurns } from '../../../platform/turns/index.js';

@Injectable()
export class JobRoutes {
  constructor(
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(JobReader) private readonly reader: JobReader,
    @Inject(Submissions) private readonly submissions: Submissions,
    @Inject(EventStream) private readonly events: EventStream,
    @Inject(JobPages) private readonly pages: JobPages,
    @Inject(Patience) private readonly patience: Patience,
  ) {}

  get routes(): Route[] {
    return [
      {
        method: 'POST',
        path: '/jobs',
        access: to('submit', 'job'),
        handle: async (request, reply) => this.submit(request, reply),
      },
      ...this.repeatable.map((route) => this.patience.over(route)),
    ];
  }

  private readonly repeatable: Route[] = [
    {
      method: 'GET',
      path: '/jobs',
      access: to('read', 'job'),
      handle: async (request, reply) => this.list(request, reply),
    },
    {
      method: 'GET',
      path: '/jobs/:id',
      access: to('read', 'job'),
      handle: async (request, reply) => this.tell(await this.required(request), request, reply),
    },
    {
      method: 'POST',
      path: '/jobs/:id/cancel',
      access: to('cancel', 'job'),
      handle: async (request, reply) => {
        await this.required(request);
        await this.jobs.cancel(idOf(request));
        return this.tell(await this.required(request), request, reply);
      },
    },
    {
      method: 'GET',
      path: '/jobs/:id/workflow',
      access: to('read', 'content'),
      handle: async (request, reply) => this.workflow(request, reply),
    },
    {
      method: 'GET',
      path: '/jobs/:id/events',
      access: to('read', 'content'),
      isStream: true,
      handle: async (request, reply) => this.stream(request, reply),
    },
  ];

  /** With an id of its own it may be tried again: what was committed before the database went is found. */
  private async submit(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const key = request.headers['idempotency-key'];
    const submission = {
      id: uuidv7(),
      body: await bodyObject(request),
      key: Array.isArray(key) ? key.join() : key,
    };
    const hold = this.patience.of(reply);
    await hold(async () => this.submissions.submit(submission));
    return hold(async () => {
      const view = await this.jobs.get(submission.id);
      if (!view) throw notFound('job');
      return this.tell(view, request, reply, 201);
    });
  }

  private async list(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { limit, cursor, statuses, labels } = readListQuery(request.query as Record<string, unknown>);
    const after = cursor === undefined ? undefined : readCursor(cursor);
    if (cursor !== undefined && !after)
      throw new ApiError('invalid_cursor', 'The cursor is not one that this server gave.');
    const places = await this.pages.page({
      limit,
      ...(after && { after }),
      ...(labels && { labels }),
      ...(statuses && { states: [...new Set(statuses.flatMap((status) => statesOf[status]))] }),
    });
    const jobs = await this.documents(places, request);
    const last = places.length === limit ? places.at(-1) : undefined;
    return sendJson(reply, {
      jobs: jobs.filter(({ status }) => !statuses || statuses.includes(status)),
      truncated: false,
      ...(last && { next_cursor: writeCursor(last) }),
    });
  }

  /** One after the other: a page must not take every connection to the database. */
  private async documents(
    places: readonly { id: string }[],
    request: FastifyRequest,
  ): Promise<JobDocument[]> {
    const documents: JobDocument[] = [];
    for (const { id } of places) {
      const view = await this.jobs.get(id);
      if (view) documents.push(await this.reader.document(view, this.reader.baseUrl(request)));
    }
    return documents;
  }

  private async workflow(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    await this.required(request);
    const text = await this.pages.graphText(idOf(request));
    if (text === null) throw notFound('workflow');
    // The stored text goes out as it is: its seeds keep every digit.
    const body = await utf8InTurns(`{"workflow":${text},"format":"api"}`);
    return reply.type('application/json; charset=utf-8').send(body);
  }

  private async stream(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const view = await this.required(request);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    if (reply.raw.destroyed) gone.abort();
    const frames = this.events.begin(view, this.reader.baseUrl(request), gone.signal);
    await answerEvents(reply, Readable.from(frames, { objectMode: false }));
  }

  private async tell(
    view: JobView,
    request: FastifyRequest,
    reply: FastifyReply,
    status = 200,
  ): Promise<unknown> {
    const document = await this.reader.document(view, this.reader.baseUrl(request));
    return sendJson(reply, document, status);
  }

  private async required(request: FastifyRequest): Promise<JobView> {
    const view = await this.jobs.get(idOf(request));
    if (!view) throw notFound('job');
    return view;
  }
}

const idOf = (request: FastifyRequest): string => (request.params as { id: string }).id;
