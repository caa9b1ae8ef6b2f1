/**
 * The Fastify adapter every door listens through.
 *
 * Guarantees: no body larger than `bodyLimitBytes` is held in memory; multipart bodies are read by the route that wants
 * them with `request.parts()`, files as streams, under the limits it gives; a slow sender is cut off; every request has an id, echoed as `x-request-id`; a body whose media type
 * no route reads is refused, unless the route asks for raw bytes with `@RouteConfig({ rawBody: true })`.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../../platform/fault.js';
import { answersToTheEnd } from './open-ports.js';
import { closeUnusedConnections } from './unused-connections.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The handler gets the body as a Buffer, whatever its media type. */
    rawBody?: boolean;
  }
}

export interface HttpAdapterOptions {
  /** Largest body read into memory, in bytes. */
  bodyLimitBytes: number;
  /** Longest time a client may take to send one whole request. Default 10 min: uploads come over slow lines. */
  requestTimeoutMs?: number;
  /** Longest time a client may take to send the head of a request. Default 30 s. */
  headersTimeoutMs?: number;
  /** How long an idle connection is kept. Default 75 s: longer than the usual proxy's 60 s. */
  keepAliveTimeoutMs?: number;
  /** Reads a JSON text; throws SyntaxError. Default: JSON.parse. */
  parseJson?: (text: string) => unknown;
}

const defaultRequestTimeoutMs = 600_000;
const defaultHeadersTimeoutMs = 30_000;
const defaultKeepAliveTimeoutMs = 75_000;
const maxPathParameterLength = 512;
const acceptableRequestId = /^[\w.-]{1,64}$/;

export function createHttpAdapter(options: HttpAdapterOptions): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: options.bodyLimitBytes,
    requestTimeout: options.requestTimeoutMs ?? defaultRequestTimeoutMs,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? defaultKeepAliveTimeoutMs,
    http: { headersTimeout: options.headersTimeoutMs ?? defaultHeadersTimeoutMs },
    routerOptions: { maxParamLength: maxPathParameterLength },
    genReqId: requestIdOf,
    // Without it the plugin cuts files at the body limit; a route that takes files bounds them itself.
    multipart: { limits: { fileSize: Number.MAX_SAFE_INTEGER } },
    // The router refuses a malformed URL before any filter is there; this body reads well in every door's dialect.
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      void reply.code(error.statusCode ?? 400).send({ detail: 'The URL is not valid.' });
    },
    logger: false,
    ...answersToTheEnd,
  });
  readBodies(adapter, options);
  const instance = adapter.getInstance();
  closeUnusedConnections(instance);
  instance.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  return adapter;
}

function requestIdOf(request: { headers: IncomingMessage['headers'] }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && acceptableRequestId.test(given) ? given : randomUUID();
}

function readBodies(
  adapter: FastifyAdapter,
  { bodyLimitBytes, parseJson = JSON.parse }: HttpAdapterOptions,
): void {
  const limit = { bodyLimit: bodyLimitBytes };
  const readers = [
    {
      mediaTypes: ['application/json', /^application\/[\w.-]+\+json\b/],
      read: (body: Buffer) => readJson(body, parseJson),
    },
    { mediaTypes: ['text/plain', 'application/x-www-form-urlencoded', '*'], read: refuseMediaType },
  ];
  for (const { mediaTypes, read } of readers) {
    for (const mediaType of mediaTypes) {
      adapter.useBodyParser(mediaType, false, limit, async (request: FastifyRequest, body: Buffer) =>
        request.routeOptions.config.rawBody === true ? body : read(body),
      );
    }
  }
}

function refuseMediaType(): never {
  throw new Fault('unsupported_media', 'The body must be JSON: send Content-Type: application/json.');
}

function readJson(body: Buffer, parseJson: (text: string) => unknown): unknown {
  if (body.length === 0) return undefined;
  try {
    return parseJson(body.toString('utf8'));
  } catch (cause) {
    throw new Fault('invalid_request', 'The body is not valid JSON.', undefined, { cause });
  }
}
