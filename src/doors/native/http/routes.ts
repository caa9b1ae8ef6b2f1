import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/** ComfyUI has each route twice: as it is, and below `/api`. */
export function both(
  app: FastifyInstance,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  handler: Handler,
): void {
  for (const url of [path, `/api${path}`]) app.route({ method, url, handler });
}
