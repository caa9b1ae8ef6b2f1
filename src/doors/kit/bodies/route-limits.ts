/**
 * What a route takes no graph and no file for needs no room for one: its bodies are bounded apart, since every walk over a large
 * one holds up everybody else. The answer to more is a 413, as at every limit.
 */
import type { FastifyInstance } from 'fastify';
import type { DoorTable } from '../door.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Bytes of the body; without it `MAX_BODY_BYTES` where the route gets bytes, and little where it gets values. */
    bodyBytesMax?: number;
  }
}

/** Of values that a schema checks at once, all in one go. */
const valuesBytesMax = 262_144;

/** Before any route is added. `bytesMax` bounds every body. */
export function boundBodiesByRoute(server: FastifyInstance, doors: DoorTable, bytesMax: number): void {
  server.addHook('onRoute', (route) => {
    const getsBytes = route.config?.rawBody === true || doors.at(route.url).bodies === 'bytes';
    const most = route.config?.bodyBytesMax ?? (getsBytes ? bytesMax : valuesBytesMax);
    route.bodyLimit = Math.min(most, bytesMax, server.initialConfig.bodyLimit ?? bytesMax);
  });
}
