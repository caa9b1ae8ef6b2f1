import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Gauge, Histogram, Registry } from 'prom-client';

/** Requests by route pattern, never by path: the labels are bounded by the routes there are. */
@Injectable()
export class RequestMetrics {
  private readonly seconds: Histogram<'door' | 'method' | 'route' | 'status'>;
  private readonly open: Gauge<'door'>;

  constructor(@Inject(Registry) registry: Registry) {
    this.seconds = new Histogram({
      name: 'comfymux_http_request_seconds',
      help: 'Answered requests, to the last byte; `door` is the label of a door: `5014`, `native`, `v1`, `ops` (probes and metrics).',
      labelNames: ['door', 'method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
      registers: [registry],
    });
    this.open = new Gauge({
      name: 'comfymux_http_requests_open',
      help: 'Requests that are being answered, waiting clients included.',
      labelNames: ['door'],
      registers: [registry],
    });
  }

  observe(instance: FastifyInstance, labelOf: (request: FastifyRequest) => string): void {
    instance.addHook('onRequest', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'none';
      const door = labelOf(request);
      const beganMs = performance.now();
      this.open.inc({ door });
      // Unlike the hook `onResponse` this also comes when the client went away before the answer.
      reply.raw.once('close', () => {
        this.open.dec({ door });
        const labels = { door, method: request.method, route, status: String(reply.raw.statusCode) };
        this.seconds.observe(labels, (performance.now() - beganMs) / 1000);
      });
      done();
    });
  }
}
