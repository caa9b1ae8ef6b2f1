/**
 * ComfyUI's own API on a port of its own. Bodies arrive as bytes, whatever their media type, because ComfyUI looks at
 * none; errors leave in ComfyUI's shape; pages of other sites are kept out.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import multipart from '@fastify/multipart';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../../platform/config/index.js';
import {
  answersToTheEnd,
  closeUnusedConnections,
  OnlyWebSocketUpgrades,
  refuseUpgrade,
  OpenPorts,
  logAccess,
  logFailure,
  refusalOf,
  RequestMetrics,
  traceRequests,
} from '../kit/index.js';
import { LOGGER, type Logger } from '../../platform/logging/index.js';
import { Tracing } from '../../platform/tracing/index.js';
import { parseUrl } from '../../platform/outside-text/index.js';
import { isFromHere } from './domain/origin-check.js';
import { sendJson, sendNothing, sendText } from './http/answers.js';
import { placeOf } from './http/caller.js';
import { FileRoutes } from './http/file.routes.js';
import { HistoryRoutes } from './http/history.routes.js';
import { InfoRoutes } from './http/info.routes.js';
import { PromptRoutes } from './http/prompt.routes.js';
import { ProxyRoutes } from './http/proxy.routes.js';
import { UserRoutes } from './http/user.routes.js';
import { SocketHub } from './socket/socket-hub.js';

const requestTimeoutMs = 600_000;
const headersTimeoutMs = 30_000;
const keepAliveTimeoutMs = 75_000;
const parameterLengthMax = 1_024;

@Injectable()
export class NativeServer implements OnApplicationBootstrap {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(OpenPorts) private readonly ports: OpenPorts,
    @Inject(RequestMetrics) private readonly requests: RequestMetrics,
    @Inject(Tracing) private readonly tracing: Tracing,
    @Inject(SocketHub) private readonly hub: SocketHub,
    @Inject(PromptRoutes) private readonly prompts: PromptRoutes,
    @Inject(HistoryRoutes) private readonly history: HistoryRoutes,
    @Inject(InfoRoutes) private readonly info: InfoRoutes,
    @Inject(FileRoutes) private readonly files: FileRoutes,
    @Inject(UserRoutes) private readonly users: UserRoutes,
    @Inject(ProxyRoutes) private readonly proxy: ProxyRoutes,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { NATIVE_PORT: port, HOST: host } = this.config;
    if (port === 0) return;
    const app = await this.build();
    await app.listen({ port, host });
    this.log.info(`ComfyUI's own API is served on port ${port}.`);
  }

  private async build(): Promise<FastifyInstance> {
    const adapter = new FastifyAdapter({
      bodyLimit: this.config.MAX_BODY_BYTES,
      trustProxy: this.config.TRUST_PROXY === 'on',
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      http: { headersTimeout: headersTimeoutMs, IncomingMessage: OnlyWebSocketUpgrades },
      routerOptions: { maxParamLength: parameterLengthMax },
      logger: false,
      ...answersToTheEnd,
    });
    const app = adapter.getInstance<FastifyInstance>();
    closeUnusedConnections(app);
    this.ports.add(app);
    this.readBodies(app);
    await app.register(multipart, {
      limits: { fileSize: Number.MAX_SAFE_INTEGER, files: 4, fields: 50, fieldSize: 1_048_576 },
    });
    logAccess(app, this.log);
    this.requests.observe(app, () => 'native');
    traceRequests(app, this.tracing, () => 'native');
    app.addHook('onRequest', async (request, reply) => this.letIn(request, reply));
    app.setErrorHandler((error, _request, reply) => this.tellError(error, reply));
    for (const routes of [this.prompts, this.history, this.info, this.files, this.users, this.proxy])
      routes.register(app);
    app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
    return app;
  }

  private readBodies(app: FastifyInstance): void {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  }

  private async letIn(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const origin = this.config.NATIVE_CORS_ORIGIN;
    if (origin === undefined) return isFromHere(request.headers) ? undefined : sendNothing(reply, 403);
    void reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST, GET, DELETE, PUT, OPTIONS, PATCH',
      'access-control-allow-headers': 'Content-Type, Authorization',
      'access-control-allow-credentials': 'true',
    });
    return undefined;
  }

  private tellError(error: unknown, reply: FastifyReply): FastifyReply {
    const { statusCode } = error as { statusCode?: unknown };
    if (statusCode === 413)
      return sendText(reply, `Maximum request body size ${this.config.MAX_BODY_BYTES} exceeded.`, 413);
    const refusal = refusalOf(error);
    if (refusal.status >= 500 && typeof statusCode === 'number' && statusCode < 500)
      return sendNothing(reply, statusCode);
    if (refusal.status >= 500) logFailure(this.log, error, refusal, { requestId: reply.request.id });
    if (refusal.retryAfterSeconds !== undefined) void reply.header('retry-after', refusal.retryAfterSeconds);
    const { code, message } = refusal;
    return sendJson(
      reply,
      { error: { type: code, message, details: '', extra_info: {} }, node_errors: {} },
      refusal.status,
    );
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const url = parseUrl(request.url ?? '/', 'http://localhost');
    const isAllowed = this.config.NATIVE_CORS_ORIGIN !== undefined || isFromHere(request.headers);
    if (!isAllowed) return refuseUpgrade(socket, '403 Forbidden');
    if (!url) return refuseUpgrade(socket, '400 Bad Request');
    if (!/^(\/api)?\/ws$/.test(url.pathname)) return refuseUpgrade(socket, '404 Not Found');
    const place = placeOf(request.headers, this.addressOf(request));
    this.hub.accept(request, socket, head, place, url.searchParams.get('clientId') ?? undefined);
  }

  /** As Fastify finds it for ordinary requests. */
  private addressOf({ headers, socket }: IncomingMessage): string {
    const forwarded = this.config.TRUST_PROXY === 'on' ? headers['x-forwarded-for'] : undefined;
    const [first] = String(forwarded ?? '').split(',');
    return first?.trim() || (socket.remoteAddress ?? '');
  }
}
