/** By which name a client's things are kept: a browser's by the cookie that its first page gave it, others' by who or where they are. */
import type { FastifyRequest } from 'fastify';
import { type Asker, callerByAddress, type Place } from '../../kit/index.js';
import type { Caller } from '../domain/may-touch.js';

/** Who shows a key is the same one from wherever it comes; its browsers are still told from each other. */
export function placeOf(asker: Asker): Place {
  const { query: sent, principal, session } = asker;
  const query = sent as Record<string, unknown>;
  const clientId = query.clientId ?? query.client_id;
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
