import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RouteAccess } from '../../kit/index.js';

export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** What a route answers to, what it does as far as access goes, and how large a body it takes where that is little. */
export type Head = readonly [
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  access: RouteAccess,
  bodyBytesMax?: number,
];

/** Some six thousand ids. */
export const idsBytesMax = 262_144;

/** ComfyUI has each route twice: as it is, and below `/api`. */
export function both(
  app: FastifyInstance,
  [method, path, access, bodyBytesMax]: Head,
  handler: Handler,
): void {
  for (const url of [path, `/api${path}`]) one(app, [method, url, access, bodyBytesMax], handler);
}

export function one(app: FastifyInstance, [method, url, access, bodyBytesMax]: Head, handler: Handler): void {
  app.route({
    method,
    url,
    handler,
    config: { access, ...(bodyBytesMax !== undefined && { bodyBytesMax }) },
  });
}
