import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RouteAccess } from '../../kit/index.js';

export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** What a route answers to, and what it does as far as access goes. */
export type Head = readonly [method: 'GET' | 'POST' | 'DELETE', path: string, access: RouteAccess];

/** ComfyUI has each route twice: as it is, and below `/api`. */
export function both(app: FastifyInstance, [method, path, access]: Head, handler: Handler): void {
  for (const url of [path, `/api${path}`]) one(app, [method, url, access], handler);
}

export function one(app: FastifyInstance, [method, url, access]: Head, handler: Handler): void {
  app.route({ method, url, handler, config: { access } });
}
