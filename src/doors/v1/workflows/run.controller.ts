/** `POST /v1/workflows/{name}/run`: the inputs are the body, files stand in their places, and who likes waits for the end. */
import { Controller, HttpStatus, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { JobIntake, JobsService, type JobView, outlookOf } from '../../../modules/jobs/index.js';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { signalWithin } from '../../../platform/lifecycle/index.js';
import { Access, bodyOf, jobSchema, OutputLinks, publicBaseUrl } from '../../kit/index.js';
import { jsonSchemaOf } from '../json-schema.js';
import { acceptedSchema } from '../jobs/jobs.schemas.js';
import { JobSubmissions } from '../jobs/job-submissions.js';
import { RunInputs } from './run-inputs.js';
import { runQuerySchema, waitMsOf } from './run.schemas.js';

@ApiTags('workflows')
@Controller('v1/workflows')
export class RunController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(JobIntake) private readonly intake: JobIntake,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(RunInputs) private readonly inputs: RunInputs,
    @Inject(JobSubmissions) private readonly submissions: JobSubmissions,
    @Inject(OutputLinks) private readonly links: OutputLinks,
  ) {}

  @Access('submit', 'job')
  @Post(':name/run')
  @RouteConfig({ rawBody: true })
  @ApiConsumes('application/json', 'multipart/form-data')
  @ApiBody({
    schema: { type: 'object' },
    description:
      'The inputs, as `GET /v1/workflows/{name}` describes them. In a form a file stands for its input.',
  })
  @ApiHeader({ name: 'Prefer', required: false, description: '`wait=60`, like the query.' })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'As in `POST /v1/jobs`.' })
  @ApiHeader({
    name: 'Webhook-Secret',
    required: false,
    description: 'Signs what `webhook` is sent; kept sealed until then.',
  })
  @ApiOperation({
    operationId: 'runWorkflow',
    summary: 'Run a workflow; with `wait` the answer is the finished job, if it ends in time',
  })
  @ApiOkResponse({ schema: jsonSchemaOf(jobSchema) })
  @ApiAcceptedResponse({ schema: jsonSchemaOf(acceptedSchema) })
  async run(
    @Param('name') workflow: string,
    @Query({ schema: runQuerySchema }) query: z.infer<typeof runQuerySchema>,
    @Req() request: FastifyRequest<{ Body: Buffer | undefined }>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const baseUrl = publicBaseUrl(this.config.PUBLIC_URL, request);
    const common = await this.submissions.common(
      { ...query, webhook: webhookOf(query, request), deliver: deliverOf(query) },
      baseUrl,
    );
    const { inputs, idempotency } = await this.inputs.read(workflow, request);
    const { jobId } = await this.intake.submitWorkflow({ ...common, workflow, inputs, idempotency });
    const ended = await this.ended(jobId, waitMsOf(query.wait, request.headers.prefer), reply);
    if (ended)
      await reply
        .status(HttpStatus.OK)
        .send(bodyOf(ended, this.links.below(baseUrl), outlookOf(ended, undefined)));
    else await reply.status(HttpStatus.ACCEPTED).send({ id: jobId, url: `${baseUrl}/v1/jobs/${jobId}` });
  }

  /** Undefined when it has not ended by then, or nobody waits any more. */
  private async ended(jobId: string, waitMs: number, reply: FastifyReply): Promise<JobView | undefined> {
    if (waitMs === 0) return undefined;
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const signal = signalWithin(waitMs, gone.signal);
    for await (const view of this.jobs.watch(jobId, signal)) if (view.finishedAt) return view;
    return undefined;
  }
}

function deliverOf({ deliver_to: to, deliver_format: format }: z.infer<typeof runQuerySchema>) {
  return to === undefined ? undefined : { to, ...(format && { convert: { format } }) };
}

const secretLengths = { min: 16, max: 255 };

function webhookOf(
  { webhook: url, webhook_events: events }: z.infer<typeof runQuerySchema>,
  { headers }: FastifyRequest,
) {
  if (url === undefined) return undefined;
  const secret = headers['webhook-secret'];
  if (secret === undefined) return { url, events };
  const { min, max } = secretLengths;
  if (typeof secret === 'string' && secret.length >= min && secret.length <= max)
    return { url, secret, events };
  throw new Fault('invalid_request', `Webhook-Secret must be one value of ${min} to ${max} characters.`);
}
