import type { FastifyInstance } from 'fastify';
import type { Logger } from '../../../platform/logging/index.js';
import type { DoorTable } from '../door.js';

/** One line per request: method, path without query (it may name files or carry tokens), status, duration, request id. */
export function logAccess(instance: FastifyInstance, log: Logger, doors: DoorTable): void {
  instance.addHook('onResponse', (request, reply, done) => {
    const door = doors.of(request);
    const path = request.url.split('?', 1)[0] ?? '';
    const fields = {
      requestId: request.id,
      door: door.name,
      method: request.method,
      path,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
    };
    log[door.quietPaths.includes(path) ? 'debug' : 'info'](fields, 'request');
    done();
  });
}
