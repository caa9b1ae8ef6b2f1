import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OpensBy, RouteAccess } from '../../kit/index.js';

export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** Of a route: how large a body it takes where that is little, and what opens it besides a key. */
interface Settings {
  bodyBytesMax?: number;
  opensBy?: OpensBy;
}

/** What a route answers to, what it does as far as access goes, and what else is said of it. */
export type Head = readonly [
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  access: RouteAccess,
  settings?: Settings,
];

/** Some six thousand ids. */
export const idsBytesMax = 262_144;

/** ComfyUI has each route twice: as it is, and below `/api`. */
export function both(app: FastifyInstance, [method, path, access, settings]: Head, handler: Handler): void {
  for (const url of [path, `/api${path}`]) one(app, [method, url, access, settings], handler);
}

export function one(app: FastifyInstance, [method, url, access, settings]: Head, handler: Handler): void {
  app.route({
    method,
    url,
    handler,
    config: { access, ...settings },
  });
}
