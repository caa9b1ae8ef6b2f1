/** What pages of other sites are told, by the rule of the door that the request has come to. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../../platform/config/index.js';
import type { CorsRule } from '../door.js';
import { readingMethods } from './cross-site.js';

/** Of every door on ComfyUI's port: one origin may be let in, as by ComfyUI's `--enable-cors-header`. */
export const nativePortCors = ({ NATIVE_CORS_ORIGIN: origin }: Config): CorsRule =>
  origin === undefined ? { kind: 'none' } : { kind: 'one', origin };

const methods = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT';
const maxAgeSeconds = 600;

/**
 * Whether the request is one that an operator lets in by naming its site. A picture in a page of that site comes without the site's
 * name, so that all may read; what changes something names the page that it comes from.
 */
export function isLetIn(rule: CorsRule, { method, headers }: FastifyRequest): boolean {
  if (rule.kind !== 'one') return false;
  return readingMethods.has(method) || rule.origin === '*' || headers.origin === rule.origin;
}

/** Whether the request was a preflight, which is answered by now. */
export function answerCors(rule: CorsRule, request: FastifyRequest, reply: FastifyReply): boolean {
  if (rule.kind === 'any-site') return answerAnySite(request, reply);
  if (rule.kind === 'one') allowOne(rule.origin, reply);
  return false;
}

/** As Starlette's middleware with `allow_origins=["*"]` and credentials. */
function answerAnySite(request: FastifyRequest, reply: FastifyReply): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return false;
  void reply.headers({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    vary: 'Origin',
  });
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined)
    return false;
  const requestedHeaders = request.headers['access-control-request-headers'];
  void reply
    .code(200)
    .headers({ 'access-control-allow-methods': methods, 'access-control-max-age': maxAgeSeconds })
    .headers(requestedHeaders === undefined ? {} : { 'access-control-allow-headers': requestedHeaders })
    .type('text/plain; charset=utf-8')
    .send('OK');
  return true;
}

/** As ComfyUI's `--enable-cors-header`; with `*` a browser must not send credentials. */
function allowOne(origin: string, reply: FastifyReply): void {
  void reply.headers({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST, GET, DELETE, PUT, OPTIONS, PATCH',
    'access-control-allow-headers': 'Content-Type, Authorization',
    ...(origin === '*' ? {} : { 'access-control-allow-credentials': 'true', vary: 'Origin' }),
  });
}
