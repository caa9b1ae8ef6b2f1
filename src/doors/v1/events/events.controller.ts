import { Controller, Get, Inject, Param, Query, Req, Res, SerializeOptions } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { signalWithin } from '../../../platform/lifecycle/index.js';
import { may } from '../../../modules/access/index.js';
import { JobsService, QueueStore } from '../../../modules/jobs/index.js';
import { Access, answerEvents, publicBaseUrl } from '../../kit/index.js';
import { unknownJob } from '../jobs/unknown-job.js';
import { readPlace } from './change.js';
import { EventHub } from './event-hub.js';
import { eventQuerySchema, queueSchema, wantedOf } from './events.schemas.js';
import { PreviewFeed } from './preview-feed.js';
import { queueBody } from './queue.body.js';

const previewWaitMs = 2_000;

@ApiTags('events')
@Controller('v1')
export class EventsController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(EventHub) private readonly hub: EventHub,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(QueueStore) private readonly queue: QueueStore,
    @Inject(PreviewFeed) private readonly previews: PreviewFeed,
  ) {}

  @Access('read', 'job')
  @Get('events')
  @RouteConfig({ opensBy: { token: true }, isStream: true })
  @ApiOperation({
    operationId: 'streamEvents',
    summary: 'Server-sent events of jobs, nodes and the queue, filtered here; docs/events.md has each event',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Goes on from there, at any replica.' })
  @ApiOkResponse({ content: { 'text/event-stream': {} } })
  async events(
    @Query({ schema: eventQuerySchema }) query: z.infer<typeof eventQuerySchema>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const baseUrl = publicBaseUrl(this.config.PUBLIC_URL, request);
    const { principal } = request.caller;
    const reader = { wanted: wantedOf(query, principal), baseUrl, keyId: principal.keyId };
    const stream = await this.hub.join(reader, placeOf(request, query.last_event_id));
    reply.raw.once('close', () => stream.destroy());
    await answerEvents(reply, stream);
  }

  @Access('read', 'job')
  @Get('queue')
  @ApiOperation({
    operationId: 'getQueue',
    summary: 'What waits and what is at work, by workflow and by tenant',
  })
  @SerializeOptions({ schema: queueSchema })
  async counts(@Req() { caller }: FastifyRequest) {
    return queueBody(await this.queue.counted(), wantedOf({}, caller.principal));
  }

  @Access('read', 'content')
  @Get('jobs/:id/preview')
  @ApiOperation({ operationId: 'getPreview', summary: 'The newest preview picture of a running job' })
  @ApiOkResponse({ content: { 'image/jpeg': {}, 'image/png': {} } })
  async preview(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const job = await this.jobs.get(id);
    const mine = { kind: 'content', tenantId: job?.tenantId } as const;
    if (!job || !may(request.caller.principal, 'read', mine).ok) throw unknownJob(id);
    const gone = new AbortController();
    request.raw.once('close', () => request.raw.destroyed && gone.abort());
    const patience = signalWithin(previewWaitMs, gone.signal);
    const preview = await this.previews.of(id, patience);
    if (!preview) throw new Fault('not_found', 'no preview of this job has come yet');
    await reply
      .headers({ 'cache-control': 'no-store', 'content-security-policy': "default-src 'none'; sandbox" })
      .type(preview.contentType)
      .send(preview.image);
  }
}

/** What is no id of ours counts as one that is too old. */
function placeOf({ headers }: FastifyRequest, given: string | undefined): number | undefined {
  const header = headers['last-event-id'];
  const id = typeof header === 'string' ? header : given;
  return id === undefined ? undefined : (readPlace(id) ?? 0);
}
