import { Readable } from 'node:stream';
import {
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
  SerializeOptions,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  Access,
  answerEvents,
  bodyOf,
  deliverOf,
  detailOf,
  jobDetailSchema,
  OutputLinks,
  publicBaseUrl,
} from '../../kit/index.js';
import { DeliveriesStore } from '../../../modules/deliveries/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import {
  acceptedSchema,
  cancelledSchema,
  decisionSchema,
  jobListSchema,
  jobPageSchema,
  newJobSchema,
} from './jobs.schemas.js';
import {
  Forecasts,
  type JobOutlook,
  JobsService,
  type JobView,
  outlookOf,
  Outlooks,
} from '../../../modules/jobs/index.js';
import { jsonSchemaOf } from '../json-schema.js';
import { decisionOf } from './decision.body.js';
import { cursorOf, nextCursor } from './job-cursor.js';
import { filterOf } from './list-filter.js';
import { JobSubmissions } from './job-submissions.js';
import { unknownJob } from './unknown-job.js';

const heartbeatIntervalMs = 15_000;

@ApiTags('jobs')
@Controller('v1/jobs')
export class JobsController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(JobSubmissions) private readonly submissions: JobSubmissions,
    @Inject(Forecasts) private readonly forecasts: Forecasts,
    @Inject(Outlooks) private readonly outlooks: Outlooks,
    @Inject(OutputLinks) private readonly links: OutputLinks,
    @Inject(DeliveriesStore) private readonly deliveries: DeliveriesStore,
  ) {}

  @Access('submit', 'job')
  @Post()
  @HttpCode(202)
  @RouteConfig({ rawBody: true })
  @ApiOperation({ summary: 'Submit a job: a named workflow with inputs, or a graph in either format' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      'Repeating a request under the same key within a day answers with the job of the first; another body under it is refused with 409.',
  })
  @ApiBody({ schema: jsonSchemaOf(newJobSchema) })
  @SerializeOptions({ schema: acceptedSchema })
  async submit(
    @Req() request: FastifyRequest<{ Body: Buffer | undefined }>,
  ): Promise<z.input<typeof acceptedSchema>> {
    const { jobId, isReused } = await this.submissions.submit(request, this.baseUrl(request));
    return {
      id: jobId,
      url: `${this.baseUrl(request)}/v1/jobs/${jobId}`,
      ...(isReused && { reused: true as const }),
    };
  }

  @Access('read', 'job')
  @Get()
  @ApiOperation({ summary: 'List jobs, newest first' })
  @SerializeOptions({ schema: jobPageSchema })
  async list(
    @Query({ schema: jobListSchema }) query: z.infer<typeof jobListSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { views, cursor } = await this.pageOf(query);
    const forecast = await this.forecasts.current();
    return {
      jobs: views.map((view) => this.body(view, request, outlookOf(view, forecast))),
      next_cursor: cursor,
    };
  }

  @Access('read', 'job')
  @Get(':id')
  @ApiOperation({ summary: 'One job with its attempts and outputs' })
  @SerializeOptions({ schema: jobDetailSchema })
  async get(@Param('id') id: string, @Req() request: FastifyRequest) {
    const view = await this.required(id);
    const files = view.deliver && (await this.deliveries.filesOf(id));
    const body = this.body(view, request, await this.outlooks.of(view));
    return detailOf(body, await this.jobs.attempts(view), deliverOf(view.deliver, files));
  }

  @Access('read', 'job')
  @Get(':id/decision')
  @ApiOperation({
    summary:
      'Why the job runs where it does, with each term of the cost and the runners-up; or what it waits for',
  })
  @SerializeOptions({ schema: decisionSchema })
  async decision(@Param('id') id: string) {
    const view = await this.required(id);
    return decisionOf(view, await this.jobs.attempts(view), await this.outlooks.of(view));
  }

  @Access('cancel', 'job')
  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancel a job; one that has ended stays as it is' })
  @SerializeOptions({ schema: cancelledSchema })
  async cancel(@Param('id') id: string) {
    const state = await this.jobs.cancel(id);
    if (!state) throw unknownJob(id);
    return { id, state };
  }

  @Access('read', 'job')
  @Get(':id/events')
  @RouteConfig({ opensBy: { token: true }, isStream: true })
  @ApiOperation({ summary: 'Server-sent events: the job at each change, until it has ended' })
  @ApiOkResponse({ content: { 'text/event-stream': {} } })
  async events(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.required(id);
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    const stream = Readable.from(this.frames(id, request, gone.signal), { objectMode: false });
    const heartbeat = setInterval(() => reply.raw.write(': still here\n\n'), heartbeatIntervalMs);
    stream.once('close', () => clearInterval(heartbeat));
    await answerEvents(reply, stream);
  }

  private async pageOf({ search, ...query }: z.infer<typeof jobListSchema>) {
    if (search === undefined) {
      const views = await this.jobs.list(filterOf(query));
      return { views, cursor: nextCursor(views, query.limit) };
    }
    const { views, next } = await this.jobs.search({ ...filterOf(query), search });
    return { views, cursor: cursorOf(next) };
  }

  private async *frames(id: string, request: FastifyRequest, signal: AbortSignal): AsyncGenerator<string> {
    for await (const view of this.jobs.watch(id, signal))
      yield `event: ${view.finishedAt ? 'end' : 'update'}\ndata: ${JSON.stringify(this.body(view, request, await this.outlooks.of(view)))}\n\n`;
  }

  private async required(id: string): Promise<JobView> {
    const view = await this.jobs.get(id);
    if (!view) throw unknownJob(id);
    return view;
  }

  private body(view: JobView, request: FastifyRequest, outlook: JobOutlook) {
    return bodyOf(view, this.links.below(this.baseUrl(request), request.caller.principal.keyId), outlook);
  }

  private baseUrl(request: FastifyRequest): string {
    return publicBaseUrl(this.config.PUBLIC_URL, request);
  }
}
