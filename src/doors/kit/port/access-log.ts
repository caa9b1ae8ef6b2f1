import type { FastifyInstance } from 'fastify';
import type { Logger } from '../../../platform/logging/index.js';

/** Paths that probes and scrapers ask all day; they are logged at debug. */
const quietPaths = new Set(['/livez', '/readyz', '/metrics', '/health']);

/** One line per request: method, path without query (it may name files or carry tokens), status, duration, request id. */
export function logAccess(instance: FastifyInstance, log: Logger): void {
  instance.addHook('onResponse', (request, reply, done) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const fields = {
      requestId: request.id,
      method: request.method,
      path,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    };
    log[quietPaths.has(path) ? 'debug' : 'info'](fields, 'request');
    done();
  });
}
