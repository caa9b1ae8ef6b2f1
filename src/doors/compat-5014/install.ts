import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isUnder } from '../kit/index.js';

const corsMethods = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT';
const corsMaxAgeSeconds = 600;

/**
 * Gives every path that is not under one of `otherDoors` the original's headers: CORS for any origin with credentials,
 * and media types without a charset that it did not send. Call before the application is initialised.
 */
export function installCompat5014(
  app: NestFastifyApplication,
  { otherDoors }: { otherDoors: readonly string[] },
): void {
  const instance = app.getHttpAdapter().getInstance();
  const isOurs = (request: FastifyRequest) => !otherDoors.some((prefix) => isUnder(pathOf(request), prefix));
  instance.addHook('onRequest', (request, reply, done) => {
    if (isOurs(request) && answerCors(request, reply)) return;
    done();
  });
  instance.addHook('onSend', (request, reply, payload, done) => {
    if (isOurs(request)) withoutCharset(reply);
    done(null, payload);
  });
}

/** Whether the request was a preflight, which is answered by now. */
function answerCors(request: FastifyRequest, reply: FastifyReply): boolean {
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
    .headers({ 'access-control-allow-methods': corsMethods, 'access-control-max-age': corsMaxAgeSeconds })
    .headers(requestedHeaders === undefined ? {} : { 'access-control-allow-headers': requestedHeaders })
    .type('text/plain; charset=utf-8')
    .send('OK');
  return true;
}

function withoutCharset(reply: FastifyReply): void {
  const contentType = reply.getHeader('content-type');
  if (typeof contentType === 'string' && contentType.startsWith('application/json;')) {
    void reply.header('content-type', 'application/json');
  }
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}
