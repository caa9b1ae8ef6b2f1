import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';

/** Requests by route pattern, never by path: the label is bounded by the routes there are. */
export function observeRequests(instance: FastifyInstance, registry: Registry): void {
  const seconds = new Histogram({
    name: 'comfymux_http_request_seconds',
    help: 'Answered requests.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  });
  instance.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    seconds.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
    done();
  });
}
