/**
 * What happens around every request of a port, in this order, and why so:
 *  1. its id is in the answer before anything can refuse it;
 *  2. it is counted, so that refusals are too, until the answer is out or the client gone;
 *  3. its trace begins, so that refusals have one;
 *  4. CORS, so that a page that may read us can read a refusal; a preflight ends here;
 *  5. other sites are kept out, before a byte of the body is read;
 *  6. the gate finds out who asks and whether that one may do what the route says it does (caller/gate.ts), before a byte of
 *     the body is read and before anything is looked up for it;
 *  7. whoever asks is held to the rates of its kind of route (rates/rate-limits.ts), and its tenant to the streams that it may have
 *     open (rates/stream-limits.ts);
 *  8. the body is counted and opened as it is read;
 *  9. the handler runs within the trace and for the caller: no callback of the body's stream leads out of it by then; what it
 *     changes for everybody is written down first (caller/audit-hook.ts);
 * 10. a refused body is read to its end before the answer ends, or a client that writes first never reads it;
 * 11. the door has the last word on the headers;
 * 12. a client of a server that stops is asked to connect anew (open-ports.ts);
 * 13. one line in the log, when all is over.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../../platform/config/index.js';
import type { AuditStore } from '../../../modules/access/index.js';
import { Fault } from '../../../platform/fault.js';
import type { Logger } from '../../../platform/logging/index.js';
import type { Tracing } from '../../../platform/tracing/index.js';
import type { DoorTable } from '../door.js';
import { logAccess } from './access-log.js';
import type { BodyBudget } from '../bodies/body-budget.js';
import { askWhoMay } from '../caller/access-hook.js';
import { writeDownChanges } from '../caller/audit-hook.js';
import { type Gate, ownNames } from '../caller/gate.js';
import { answerCors, isLetIn } from '../sites/cors.js';
import { unguessed } from '../sites/own-headers.js';
import { answerThenReadOn, isStillSent } from '../bodies/read-on.js';
import { boundBodiesByRoute } from '../bodies/route-limits.js';
import type { RateLimits } from '../rates/rate-limits.js';
import { boundStreams, type StreamLimits } from '../rates/stream-limits.js';
import type { RequestMetrics } from './request.metrics.js';
import { traceRequests } from './request-traces.js';

/** Whoever waits for the end of an answer: metrics, trace, budget, gate, rates, the server, and what streams it. Node.js warns of more than ten. */
const listenersMax = 24;

export interface PortParts {
  config: Config;
  gate: Gate;
  audit: AuditStore;
  log: Logger;
  metrics: RequestMetrics;
  tracing: Tracing;
  bodies: BodyBudget;
  rates: RateLimits;
  streams: StreamLimits;
}

export function addHooks(server: FastifyInstance, doors: DoorTable, parts: PortParts): void {
  const { config, gate, audit, log, metrics, tracing, bodies, rates, streams } = parts;
  boundBodiesByRoute(server, doors, config.MAX_BODY_BYTES);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers({ 'x-request-id': request.id, ...unguessed });
    reply.raw.setMaxListeners(listenersMax);
    done();
  });
  metrics.observe(server, (request) => doors.of(request).label);
  traceRequests(server, tracing, doors);
  server.addHook('onRequest', (request, reply, done) => {
    if (!answerCors(doors.of(request).cors(config), request, reply)) done();
  });
  server.addHook('onRequest', async (request) => keepOtherSitesOut(request, doors, config));
  askWhoMay(server, doors, gate);
  rates.bound(server);
  boundStreams(server, streams);
  writeDownChanges(server, audit, log);
  server.addHook('preParsing', async (request, reply, payload) => bodies.take(request, reply, payload));
  server.addHook('onSend', async (request, reply, payload) => {
    doors.of(request).finish(reply);
    if (!isRefusal(reply) || !isStillSent(request.raw) || !isText(payload)) return payload;
    void reply.header('content-length', Buffer.byteLength(payload));
    return answerThenReadOn(payload, request.raw);
  });
  logAccess(server, log, doors);
}

const isText = (payload: unknown): payload is string | Buffer =>
  typeof payload === 'string' || Buffer.isBuffer(payload);

const isRefusal = ({ statusCode }: FastifyReply): boolean => statusCode >= 400;

/** Fault forbidden. */
function keepOtherSitesOut(request: FastifyRequest, doors: DoorTable, config: Config): void {
  const { keepsOut, cors } = doors.of(request);
  const refusal = isLetIn(cors(config), request) ? null : keepsOut(request, ownNames(config));
  if (refusal !== null) throw new Fault('forbidden', refusal);
}
