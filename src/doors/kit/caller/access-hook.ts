/**
 * Around every request of a port: the gate is asked before a byte of the body is read; then `request.caller` is there, and what
 * the handler has written down is written down for the caller's tenant.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asPrincipal, nobody, type Principal } from '../../../modules/access/index.js';
import { Fault } from '../../../platform/fault.js';
import { type Caller, type DoorTable, ipOf } from '../door.js';
import type { Asking, Gate } from './gate.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; there once the gate has let the request in. */
    caller: Caller;
  }
}

export function askWhoMay(server: FastifyInstance, doors: DoorTable, gate: Gate): void {
  server.decorateRequest('caller');
  server.addHook('onRequest', async (request, reply) => {
    const asking = askingOf(request, doors);
    try {
      request.caller = await gate.letIn(asking);
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'unauthorized')) throw error;
      if (isPageOfALogin(asking)) return askToLogIn(request, reply);
      void reply.header('www-authenticate', challengeOf(asking));
      throw error;
    }
    gate.watch(request.caller, request.raw.socket, reply.raw);
    return undefined;
  });
  // The body is read by then: no callback of its stream leads out of it.
  server.addHook('preHandler', (request, _reply, done) => asPrincipal(principalOf(request), done));
}

/** A request whose target is no path is answered without the gate having been asked: nobody sent it. */
export const principalOf = ({ caller }: { caller?: Caller }): Principal => caller?.principal ?? nobody;

function askingOf(request: FastifyRequest, doors: DoorTable): Asking {
  const { method, headers, host, query, raw, routeOptions } = request;
  const ip = ipOf(request);
  const door = doors.of(request);
  const access = routeOptions.url === undefined ? door.access.elsewhere(method) : routeOptions.config.access;
  const { opensBy = {} } = routeOptions.config;
  const peer = raw.socket.remoteAddress;
  return { door, access, opensBy, method, headers, host, ip, query, peer };
}

/** A browser asks its user for a key where the door says `basic`; a program reads which header to send. */
function challengeOf({ door, headers }: Asking): string {
  const { challenge } = door.access;
  // The page that asks tells its user itself: the browser's own question would stay in its way.
  const isOfAPage = challenge === 'login' && headers['sec-fetch-site'] !== undefined;
  return challenge === 'bearer' || isOfAPage
    ? 'Bearer realm="ComfyMux"'
    : 'Basic realm="ComfyMux", charset="UTF-8"';
}

/** Somebody opens a page in a browser. */
const isPageOfALogin = ({ door, method, headers }: Asking): boolean =>
  door.access.challenge === 'login' && method === 'GET' && headers['sec-fetch-mode'] === 'navigate';

const askToLogIn = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
  reply.header('cache-control', 'no-store').redirect(`/login?to=${encodeURIComponent(request.url)}`, 302);
