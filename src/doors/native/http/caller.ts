/** Tells who sends a request: a browser by the cookie that its first page gave it, others by address. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Asker } from '../../kit/index.js';
import type { Caller } from '../domain/may-touch.js';

const cookieName = 'comfymux_session';
const cookieMaxAgeSeconds = 400 * 24 * 3600;

function placeOf(headers: IncomingHttpHeaders, address: string): string {
  const session = sessionOf(headers);
  return session === undefined ? `address:${address.replace(/^::ffff:/, '')}` : `session:${session}`;
}

export function callerOf({ headers, ip, query: sent }: Asker): Caller {
  const query = sent as Record<string, unknown>;
  const clientId = query.clientId ?? query.client_id;
  return {
    place: placeOf(headers, ip),
    ...(typeof clientId === 'string' && clientId !== '' && { clientId }),
  };
}

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
