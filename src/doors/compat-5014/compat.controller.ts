import { Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { Access, OutputLinks, publicBaseUrl } from '../kit/index.js';
import { type JobOutput, JobsService } from '../../modules/jobs/index.js';
import { NodesService } from '../../modules/nodes/index.js';
import { formSchema, generateSchema, openApiSchema, syncFormSchema } from './compat.openapi.js';
import {
  finishedSchema,
  type HealthBody,
  healthSchema,
  serviceBody,
  type StatusBody,
  statusBody,
  statusSchema,
  type SubmittedBody,
  submittedBody,
  submittedSchema,
} from './domain/shapes.js';
import type { FormRequest } from './form.reader.js';
import { GenerateService } from './generate.service.js';
import { type SyncAnswer, SyncService } from './sync.service.js';

/** Texts and numbers, and the name of a picture. */
const parametersBytesMax = 1_048_576;

@ApiTags('Wan2.2 I2V')
@Controller()
export class CompatController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(GenerateService) private readonly generate: GenerateService,
    @Inject(SyncService) private readonly sync: SyncService,
    @Inject(JobsService) private readonly jobs: JobsService,
    @Inject(NodesService) private readonly nodes: NodesService,
    @Inject(OutputLinks) private readonly links: OutputLinks,
  ) {}

  @Access('read', 'catalogue')
  @Get()
  @ApiOperation({ summary: 'What this service is; a browser is sent to the console' })
  root(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): typeof serviceBody {
    // A person with a browser: programs do not ask for pages.
    if (request.headers.accept?.includes('text/html'))
      void reply.code(302).headers({ location: '/console', 'cache-control': 'no-store' });
    return serviceBody;
  }

  @Access('read', 'catalogue')
  @Get('health')
  @ApiOperation({ summary: 'Whether a ComfyUI node answers; always 200' })
  @ApiOkResponse({ schema: openApiSchema(healthSchema) })
  health(): HealthBody {
    const { connected, reason } = this.nodes.anyAnswering();
    if (connected) return { status: 'healthy', comfyui_status: 'connected' };
    return {
      status: 'unhealthy',
      comfyui_status: 'disconnected',
      error: reason ?? 'no ComfyUI node answers',
    };
  }

  @Access('submit', 'job')
  @Post('api/upload_and_generate')
  @HttpCode(200)
  @RouteConfig({ rawBody: true })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ schema: formSchema })
  @ApiOperation({ summary: 'Submit an image and parameters' })
  @ApiOkResponse({ schema: openApiSchema(submittedSchema) })
  async uploadAndGenerate(@Req() request: FormRequest): Promise<SubmittedBody> {
    const { jobId } = await this.generate.submitForm(request);
    return submittedBody(jobId);
  }

  @Access('submit', 'job')
  @Post('api/generate')
  @HttpCode(200)
  @RouteConfig({ rawBody: true, bodyBytesMax: parametersBytesMax })
  @ApiBody({ schema: generateSchema })
  @ApiOperation({ summary: 'Submit parameters and the name of an image uploaded earlier' })
  @ApiOkResponse({ schema: openApiSchema(submittedSchema) })
  async generateWithFilename(@Req() request: FormRequest): Promise<SubmittedBody> {
    const { jobId } = await this.generate.submitJson(request.body, request.headers['content-type']);
    return submittedBody(jobId);
  }

  @Access('read', 'job')
  @Get('api/status/:prompt_id')
  @ApiOperation({ summary: 'How a job stands; 200 for unknown ids too' })
  @ApiOkResponse({ schema: openApiSchema(statusSchema) })
  async status(@Param('prompt_id') promptId: string, @Req() request: FastifyRequest): Promise<StatusBody> {
    return statusBody(promptId, await this.jobs.get(promptId), this.urlsFor(request));
  }

  @Access('submit', 'job')
  @Post('api/upload_and_generate_sync')
  @RouteConfig({ rawBody: true })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ schema: syncFormSchema })
  @ApiOperation({ summary: 'Submit an image and parameters and wait for the video' })
  @ApiOkResponse({ schema: openApiSchema(finishedSchema) })
  async uploadAndGenerateSync(
    @Req() request: FormRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SyncAnswer['body']> {
    const { jobId, timeoutSeconds } = await this.generate.submitForm(request);
    const { status, body } = await this.sync.wait(
      jobId,
      timeoutSeconds,
      request.raw.socket,
      this.urlsFor(request),
    );
    void reply.code(status);
    return body;
  }

  private urlsFor(request: FastifyRequest): (output: JobOutput) => string {
    const base = publicBaseUrl(this.config.PUBLIC_URL, request);
    const { keyId, tenantId } = request.caller.principal;
    const urlOf = this.links.below(base, keyId);
    return (output) => urlOf(output, tenantId);
  }
}
