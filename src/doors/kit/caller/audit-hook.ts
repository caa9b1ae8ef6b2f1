/** Every change of what belongs to all is written down, with who made it, before it is made. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type AuditStore, type Kind, type Principal, reachesAll } from '../../../modules/access/index.js';
import type { Logger } from '../../../platform/logging/index.js';
import { principalOf } from './access-hook.js';
import type { RouteAccess } from './route-access.js';

const audited = new Set<Kind>(['workflow', 'node', 'tenant', 'key']);

export function writeDownChanges(server: FastifyInstance, audit: AuditStore, log: Logger): void {
  const lines = new WeakMap<FastifyRequest, string>();
  server.addHook('preHandler', async (request) => {
    const access = request.routeOptions.config.access;
    const principal = principalOf(request);
    if (!isAudited(access, principal)) return;
    const { method, url, ip: address, id: requestId } = request;
    const path = url.split('?', 1)[0] ?? '';
    const entry = { principal, ...access, request: `${method} ${path}`, address, requestId };
    lines.set(request, await audit.begin(entry));
  });
  server.addHook('onResponse', async (request, reply) => {
    const line = lines.get(request);
    if (line === undefined) return;
    await audit.end(line, reply.statusCode).catch((error: unknown) => {
      log.warn({ err: error, requestId: request.id }, 'the outcome of a change could not be written down');
    });
  });
}

type Audited = Exclude<RouteAccess, 'open'>;

/** Whoever may cancel or change the jobs of others is written down; that a tenant does so to its own is in the record of the job. */
function isAudited(access: RouteAccess | undefined, principal: Principal): access is Audited {
  if (access === undefined || access === 'open') return false;
  if (access.verb === 'change' && access.kind !== 'job') return audited.has(access.kind);
  return (
    ['cancel', 'change'].includes(access.verb) && principal.kind === 'key' && reachesAll(principal, 'job')
  );
}
