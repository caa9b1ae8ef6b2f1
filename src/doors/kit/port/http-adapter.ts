/**
 * The Fastify adapter every door listens through.
 *
 * Guarantees: no body larger than `bodyLimitBytes` is held in memory; multipart bodies are read by the route that wants
 * them with `request.parts()`, files as streams, under the limits it gives; a slow sender is cut off; a body whose media type
 * no route reads is refused, unless the route asks for raw bytes with `@RouteConfig({ rawBody: true })`.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../../platform/fault.js';
import { jsonOf } from '../bodies/json-body.js';
import { answersToTheEnd } from './open-ports.js';
import type { Trust } from '../sites/trusted-hops.js';
import { closeUnusedConnections } from './unused-connections.js';
import { OnlyWebSocketUpgrades } from './upgrades.js';

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
  /** Whose `X-Forwarded-…` headers are believed. Default: nobody's. */
  trust?: Trust | false;
  /** Whether the handler of this request gets its body as bytes. Default: where the route says `rawBody`. */
  takesBytes?: (request: FastifyRequest) => boolean;
  /** The router refuses a malformed URL before any hook or filter is there. */
  onMalformedUrl?: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void;
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
    http: {
      headersTimeout: options.headersTimeoutMs ?? defaultHeadersTimeoutMs,
      IncomingMessage: OnlyWebSocketUpgrades,
    },
    trustProxy: options.trust ?? false,
    routerOptions: { maxParamLength: maxPathParameterLength },
    genReqId: requestIdOf,
    // Without it the plugin cuts files at the body limit; a route that takes files bounds them itself.
    multipart: { limits: { fileSize: Number.MAX_SAFE_INTEGER } },
    frameworkErrors: options.onMalformedUrl ?? malformedUrl,
    logger: false,
    ...answersToTheEnd,
  });
  readBodies(adapter, options);
  closeUnusedConnections(adapter.getInstance());
  return adapter;
}

function malformedUrl(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  void reply.code(error.statusCode ?? 400).send({ detail: 'The URL is not valid.' });
}

function requestIdOf(request: { headers: IncomingMessage['headers'] }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && acceptableRequestId.test(given) ? given : randomUUID();
}

function readBodies(
  adapter: FastifyAdapter,
  { bodyLimitBytes, takesBytes = () => false }: HttpAdapterOptions,
): void {
  const limit = { bodyLimit: bodyLimitBytes };
  const readers = [
    {
      mediaTypes: ['application/json', /^application\/[\w.-]+\+json\b/],
      read: readJson,
    },
    { mediaTypes: ['text/plain', 'application/x-www-form-urlencoded', '*'], read: refuseMediaType },
  ];
  for (const { mediaTypes, read } of readers) {
    for (const mediaType of mediaTypes) {
      adapter.useBodyParser(mediaType, false, limit, async (request: FastifyRequest, body: Buffer) =>
        request.routeOptions.config.rawBody === true || takesBytes(request) ? body : read(body),
      );
    }
  }
}

function refuseMediaType(): never {
  throw new Fault('unsupported_media', 'The body must be JSON: send Content-Type: application/json.');
}

const readJson = async (body: Buffer): Promise<unknown> =>
  body.length === 0 ? undefined : jsonOf(body, 'plain');
