/** By which name a client's things are kept: a browser's by the cookie that its first page gave it, others' by who or where they are. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Asker, callerByAddress, type Place } from '../../kit/index.js';
import type { Caller } from '../domain/may-touch.js';

const cookieName = 'comfymux_session';
const cookieMaxAgeSeconds = 400 * 24 * 3600;

/** Who shows a key is the same one from wherever it comes; its browsers are still told from each other. */
export function placeOf(asker: Asker): Place {
  const { headers, query: sent, principal } = asker;
  const query = sent as Record<string, unknown>;
  const clientId = query.clientId ?? query.client_id;
  const session = sessionOf(headers);
  const own = [
    ...(principal.id === null ? [] : [`principal:${principal.id}`]),
    ...(session === undefined ? [] : [`session:${session}`]),
  ];
  return {
    place: own.length > 0 ? own.join(' ') : callerByAddress(asker).place,
    ...(typeof clientId === 'string' && clientId !== '' && { clientId }),
  };
}

export const callerOf = ({ caller }: FastifyRequest): Caller => caller;

/** A page is being opened: from now on this browser is told from others at its address. */
export function giveSession(request: FastifyRequest, reply: FastifyReply): void {
  const isPage = request.method === 'GET' && request.headers.accept?.includes('text/html') === true;
  if (!isPage || sessionOf(request.headers) !== undefined) return;
  const session = randomBytes(16).toString('hex');
  void reply.header(
    'set-cookie',
    `${cookieName}=${session}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${cookieMaxAgeSeconds}`,
  );
}

function sessionOf({ cookie }: IncomingHttpHeaders): string | undefined {
  return new RegExp(`(?:^|;\\s*)${cookieName}=([0-9a-f]{32})(?:;|$)`).exec(cookie ?? '')?.[1];
}
