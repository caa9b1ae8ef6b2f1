import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { Gauge, Histogram, Registry } from 'prom-client';

/** What clients speak: ComfyUI's own API, ours, the original one; `ops` are probes and metrics. */
type Door = 'native' | 'v1' | '5014' | 'ops';

/** Requests by route pattern, never by path: the labels are bounded by the routes there are. */
@Injectable()
export class RequestMetrics {
  private readonly seconds: Histogram<'door' | 'method' | 'route' | 'status'>;
  private readonly open: Gauge<'door'>;

  constructor(@Inject(Registry) registry: Registry) {
    this.seconds = new Histogram({
      name: 'comfymux_http_request_seconds',
      help: 'Answered requests, to the last byte; `door` is `5014`, `native`, `v1` or `ops` (probes and metrics).',
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

  /** `doorOf` tells the door of a route pattern. */
  observe(instance: FastifyInstance, doorOf: (route: string) => Door): void {
    instance.addHook('onRequest', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'none';
      const door = doorOf(route);
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

const opsRoutes = new Set(['/livez', '/readyz', '/metrics', '/openapi.json']);

/** The door of a route on the port that three of them share. */
export function doorOfMainPort(route: string): Door {
  if (route.startsWith('/v1')) return 'v1';
  return opsRoutes.has(route) || route.startsWith('/docs') ? 'ops' : '5014';
}
