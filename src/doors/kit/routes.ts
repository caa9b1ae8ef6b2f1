/** Routes of a door that has no controllers: a body arrives as bytes, and what a handler throws is worded by the door. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RouteAccess } from './caller/route-access.js';

export interface Route {
  method: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  /** Below the door's prefix. */
  path: string;
  access: RouteAccess;
  isStream?: true;
  /** Answers with a body, or has sent one itself. */
  handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

export function addRoutes(scope: FastifyInstance, prefix: string, routes: readonly Route[]): void {
  for (const { method, path, access, isStream, handle } of routes) {
    const config = { rawBody: true, access, ...(isStream && { isStream }) };
    scope.route({ method, url: `${prefix}${path}`, config, handler: handle });
  }
}

/** Everything at the path that no route above takes, since it is less specific than any of them. */
export function refuseRest(
  scope: FastifyInstance,
  path: string,
  refusal: (asked: FastifyRequest) => Error,
): void {
  scope.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: path,
    config: { rawBody: true, access: 'open' },
    handler: async (request) => {
      throw refusal(request);
    },
  });
}
