import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below `/openai/v1`. */
  path: string;
  /** Answers with a body, or has sent one itself. */
  handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}
