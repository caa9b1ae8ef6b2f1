/** WebSockets of a port: handed to the door that has their path, once they are let in. Nothing thrown here ends the process. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { all } from '@fastify/proxy-addr';
import type { FastifyInstance } from 'fastify';
import type { Config } from '../../../platform/config/index.js';
import type { Logger } from '../../../platform/logging/index.js';
import { parseUrl } from '../../../platform/outside-text/index.js';
import type { DoorTable, Get } from '../door.js';
import { type Gate, ownNames } from '../caller/gate.js';
import { type Refusal, refusalOf, retryAfter } from '../errors/refusal.js';
import type { StreamLimits } from '../rates/stream-limits.js';
import { trustOf } from '../sites/trusted-hops.js';
import { refuseUpgrade } from './upgrades.js';

export interface SocketParts {
  config: Config;
  gate: Gate;
  get: Get;
  log: Logger;
  streams: StreamLimits;
}

/** A port without a door that takes WebSockets has no listener: Node then answers the request as an ordinary one. */
export function takeSockets(server: FastifyInstance, doors: DoorTable, parts: SocketParts): void {
  if (!doors.doors.some(({ sockets }) => sockets !== null)) return;
  server.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    take(doors, parts, { request, socket, head }).catch((error: unknown) => {
      const refusal = refusalOf(error);
      if (refusal.code !== 'internal')
        return refuseUpgrade(socket, statusLineOf(refusal), retryAfter(refusal));
      parts.log.error({ err: error }, 'a WebSocket could not be taken');
      socket.destroy();
    });
  });
}

const statusLineOf = ({ status }: Refusal): string => `${status} ${STATUS_CODES[status] ?? 'Error'}`;

/** Rejects with a Fault for who may not come in, and as the database does where it is needed and away. */
async function take(
  doors: DoorTable,
  parts: SocketParts,
  { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
): Promise<void> {
  const { config, gate, get, streams } = parts;
  const url = parseUrl(request.url ?? '/', 'http://localhost');
  if (!url) return refuseUpgrade(socket, '400 Bad Request');
  const door = doors.doors.find(({ sockets }) => sockets?.paths.includes(url.pathname));
  if (!door?.sockets) return refuseUpgrade(socket, '404 Not Found');
  const { headers, method = 'GET' } = request;
  const asked = { method, headers, host: hostOf(request, config) };
  if (door.cors(config).kind !== 'one' && door.keepsOut(asked, ownNames(config)) !== null)
    return refuseUpgrade(socket, '403 Forbidden');
  const query = Object.fromEntries(url.searchParams);
  const { access, opensBy } = door.sockets;
  const peer = request.socket.remoteAddress;
  const ip = addressOf(request, config);
  const caller = await gate.letIn({ ...asked, door, access, opensBy, ip, peer, query });
  if (socket.destroyed) return;
  gate.watch(caller, socket, socket);
  await streams.enter(caller.principal.tenantId, socket);
  if (socket.destroyed) return;
  return door.sockets.accept(get, { request, socket, head, caller });
}

/** As Fastify finds it for ordinary requests. */
function addressOf(request: IncomingMessage, { TRUST_PROXY }: Config): string {
  const trust = trustOf(TRUST_PROXY);
  // A socket that is reset already has no address.
  if (!trust || request.socket.remoteAddress === undefined) return request.socket.remoteAddress ?? '';
  return all(request, trust).at(-1) ?? '';
}

function hostOf({ headers, socket }: IncomingMessage, { TRUST_PROXY }: Config): string {
  const trust = trustOf(TRUST_PROXY);
  const forwarded = String(headers['x-forwarded-host'] ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  return (trust && trust(socket.remoteAddress ?? '', 0) && forwarded) || (headers.host ?? '');
}
