/**
 * A span for each request that changes something or whose caller traces it; what polls and probes is not traced by
 * itself. The caller's W3C traceparent is continued. What the handler begins belongs to the span.
 */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DoorTable } from '../door.js';
import { readingMethods } from '../sites/cross-site.js';
import { formatTraceparent, parseTraceparent, type Tracing } from '../../../platform/tracing/index.js';

export function traceRequests(instance: FastifyInstance, tracing: Tracing, doors: DoorTable): void {
  const traceparents = new WeakMap<FastifyRequest, string>();
  instance.addHook('onRequest', (request, reply, done) => {
    const traceparent = traceparentOf({ request, reply, tracing, doors });
    if (traceparent !== null) traceparents.set(request, traceparent);
    done();
  });
  // The body is read by then: no callback of its stream leads out of the scope.
  instance.addHook('preHandler', (request, _reply, done) => {
    const traceparent = traceparents.get(request);
    if (traceparent === undefined) done();
    else tracing.within(traceparent, done);
  });
}

interface Traced {
  request: FastifyRequest;
  reply: FastifyReply;
  tracing: Tracing;
  doors: DoorTable;
}

function traceparentOf({ request, reply, tracing, doors }: Traced): string | null {
  const given = parseTraceparent(request.headers['traceparent']);
  const parent = given && formatTraceparent(given);
  const route = request.routeOptions.url ?? 'none';
  const { label: door, quietPaths } = doors.of(request);
  if (!tracing.isOn || quietPaths.includes(route) || (!parent && readingMethods.has(request.method)))
    return parent;
  const span = tracing.begin(`${request.method} ${route}`, {
    parent,
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': request.method, 'http.route': route, 'comfymux.door': door },
  });
  if (!span) return parent;
  reply.raw.once('close', () => {
    const status = reply.raw.statusCode;
    span.setAttribute('http.response.status_code', status);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
  return tracing.traceparentOf(span);
}
