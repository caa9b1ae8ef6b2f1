import type { FastifyInstance } from 'fastify';
import type { Logger } from '../../../platform/logging/index.js';
import type { DoorTable } from '../door.js';
import { readingMethods } from '../sites/cross-site.js';

/**
 * One line per request: method, path without query (it may name files or carry tokens), status, duration, request id. What
 * reads and finds is told at debug: clients that poll would drown the lines of what changed or was refused.
 */
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
    const isRead = readingMethods.has(request.method) && reply.statusCode < 400;
    log[isRead || door.quietPaths.includes(path) ? 'debug' : 'info'](fields, 'request');
    done();
  });
}
