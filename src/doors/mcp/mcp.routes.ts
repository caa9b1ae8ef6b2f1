/**
 * `/mcp` by the official SDK: streamable HTTP without sessions, so that any replica answers any request. A server is made for each
 * request: it holds no state that the next one would need.
 */
import { Readable } from 'node:stream';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { Fault } from '../../platform/fault.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { packageVersion } from '../../platform/version.js';
import { may, OpenStreams, type Principal } from '../../modules/access/index.js';
import {
  jsonOf,
  publicBaseUrl,
  rateKindOf,
  RateLimits,
  refusalOf,
  type StreamLimits,
  to,
} from '../kit/index.js';
import { BatchTools } from './batch-tools.js';
import { JobTools } from './job-tools.js';
import { textResult, type Tool, type ToolCall } from './tool.js';
import { WorkflowTools } from './workflow-tools.js';

const path = '/mcp';
const keepAliveMs = 15_000;
const instructions =
  'Runs ComfyUI workflows on a cluster. Each workflow is a tool; files are given as {"url"}, data: URIs or {"output": {"job"}} of an earlier job. Long runs go on after a request: ask with job_status.';

@Injectable()
export class McpRoutes {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(JobTools) private readonly jobTools: JobTools,
    @Inject(BatchTools) private readonly batchTools: BatchTools,
    @Inject(WorkflowTools) private readonly workflowTools: WorkflowTools,
    @Inject(RateLimits) private readonly rates: RateLimits,
    @Inject(OpenStreams) private readonly streams: StreamLimits,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  register(server: FastifyInstance): void {
    server.route({
      method: 'POST',
      url: path,
      config: { rawBody: true, access: to('read', 'catalogue') },
      handler: async (request, reply) => this.answer(request, reply),
    });
    // There is no session to listen to or to end.
    server.route({
      method: ['GET', 'DELETE'],
      url: path,
      config: { access: 'open' },
      handler: async (_request, reply) => {
        void reply.header('allow', 'POST');
        throw new Fault('method_not_allowed', 'Method not allowed.');
      },
    });
  }

  private async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const transport = new WebStandardStreamableHTTPServerTransport({ keepAliveMs });
    const server = this.serverFor(request, reply, gone.signal);
    reply.raw.once('close', () => void server.close());
    await server.connect(transport);
    const response = await transport.handleRequest(webRequestOf(request), await parsedOf(request.body));
    const { body } = response;
    return reply
      .code(response.status)
      .headers(Object.fromEntries(response.headers))
      .send(body === null ? '' : Readable.fromWeb(body));
  }

  private serverFor(request: FastifyRequest, reply: FastifyReply, gone: AbortSignal): Server {
    const { principal } = request.caller;
    // A tool may go on for long; of several in one request the connection counts once.
    let entered: Promise<void> | undefined;
    const enter = async () => (entered ??= this.streams.enter(principal.tenantId, reply.raw));
    const baseUrl = publicBaseUrl(this.config.PUBLIC_URL, request);
    const server = new Server(
      { name: 'comfymux', title: 'ComfyMux', version: packageVersion },
      { capabilities: { tools: {} }, instructions },
    );
    server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: this.tools(principal).map(({ description }) => description),
    }));
    server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
      const token = params._meta?.progressToken;
      let told = -1;
      const progress: ToolCall['progress'] = async (percent, message) => {
        if (token === undefined || percent <= told) return;
        told = percent;
        await sendNotification({
          method: 'notifications/progress',
          params: { progressToken: token, progress: percent, total: 100, message },
        });
      };
      const call = {
        args: params.arguments ?? {},
        baseUrl,
        signal: AbortSignal.any([signal, gone]),
        progress,
      };
      return this.call(request, params.name, { ...call, enter });
    });
    return server;
  }

  private async call(
    request: FastifyRequest,
    name: string,
    { enter, ...call }: ToolCall & { enter: () => Promise<void> },
  ): Promise<CallToolResult> {
    const tool = this.tools(request.caller.principal).find(({ description }) => description.name === name);
    if (!tool) throw new McpError(ErrorCode.InvalidParams, `There is no tool "${name.slice(0, 100)}".`);
    try {
      // Every request is a read; a tool may do more.
      const kind = rateKindOf(tool.needs);
      if (kind !== null && kind !== 'reads') await this.rates.countToo(kind, request);
      await enter();
      return await tool.call(call);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.code === 'internal') this.log.error({ err: error, tool: name }, 'a tool failed');
      // An assistant reads results, and mends what it asked for.
      return textResult(
        JSON.stringify({
          error: refusal.message,
          code: refusal.code,
          details: refusal.details,
          retry_after_s: refusal.retryAfterSeconds,
        }),
        true,
      );
    }
  }

  /** Those that the caller may use. */
  private tools(principal: Principal): Tool[] {
    const all = [...this.jobTools.all, ...this.batchTools.all];
    const tools = [...all, ...this.workflowTools.all(all.map(({ description }) => description.name))];
    return tools.filter(({ needs }) => may(principal, needs.verb, { kind: needs.kind }).ok);
  }
}

/** Read as every door reads JSON; what is none is left to the SDK, which has words for it. Fault payload_too_large. */
async function parsedOf(body: unknown): Promise<{ parsedBody?: unknown }> {
  try {
    return Buffer.isBuffer(body) ? { parsedBody: await jsonOf(body, 'plain') } : {};
  } catch (error) {
    if (error instanceof Fault && error.code === 'invalid_request') return {};
    throw error;
  }
}

/** Without the body, which is read already. */
function webRequestOf({ raw, headers }: FastifyRequest): Request {
  const plain = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' && name !== 'content-length' ? [[name, value]] : [],
  );
  return new Request(`http://localhost${raw.url ?? path}`, {
    method: 'POST',
    headers: plain,
    body: '',
  });
}
