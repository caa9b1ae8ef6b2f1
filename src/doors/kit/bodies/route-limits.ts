/**
 * What a route takes no graph and no file for needs no room for one: its bodies are bounded apart, since every walk over a large
 * one holds up everybody else. The answer to more is a 413, as at every limit.
 */
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Bytes of the body; without it `MAX_BODY_BYTES`. */
    bodyBytesMax?: number;
  }
}

/** Before any route is added. `bytesMax` bounds every body. */
export function boundBodiesByRoute(server: FastifyInstance, bytesMax: number): void {
  server.addHook('onRoute', (route) => {
    const most = route.config?.bodyBytesMax;
    if (most !== undefined) route.bodyLimit = Math.min(most, bytesMax);
  });
}
