/**
 * Routes whose answers go on, such as event streams: a tenant may have so many open at one time, WebSockets among them. They are counted here
 * and not by those who stream, so that none is forgotten however its answer ends.
 */
import type { FastifyInstance } from 'fastify';
import type { OpenStreams } from '../../../modules/access/index.js';

export type StreamLimits = Pick<OpenStreams, 'enter'>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The answer goes on as long as its client listens. */
    isStream?: true;
  }
}

/** Behind the gate, which knows whose it is. Fault too_many_streams. */
export function boundStreams(server: FastifyInstance, streams: StreamLimits): void {
  server.addHook('onRequest', async ({ routeOptions, caller }, reply) => {
    if (routeOptions.config.isStream) await streams.enter(caller.principal.tenantId, reply.raw);
  });
}
