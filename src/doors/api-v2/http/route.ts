import type { RouteAccess } from '../../kit/index.js';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Route {
  method: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  /** Below `/api/v2`. */
  path: string;
  access: RouteAccess;
  handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}
