import type { RouteAccess } from '../../kit/index.js';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below `/openai/v1`. */
  path: string;
  access: RouteAccess;
  /** Answers with a body, or has sent one itself. */
  handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}
