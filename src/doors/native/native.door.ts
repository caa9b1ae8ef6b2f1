import {
  crossSiteRefusal,
  type Door,
  nativePortCors,
  type RouteAccess,
  to,
  type Asked,
  type OwnNames,
} from '../kit/index.js';
import { isFromHere } from './domain/origin-check.js';
import { placeOf } from './http/caller.js';
import { nativeErrors } from './http/errors.js';
import { NativeRoutes } from './native.routes.js';
import { SocketHub } from './socket/socket-hub.js';

/** ComfyUI's own API. Bodies arrive as bytes, whatever their media type, because ComfyUI looks at none. */
export const nativeDoor: Door = {
  name: 'native',
  label: 'native',
  ports: ['native'],
  prefixes: ['/'],
  errors: nativeErrors,
  cors: nativePortCors,
  keepsOut,
  callerOf: placeOf,
  access: { challenge: 'login', takesLogins: true, elsewhere },
  quietPaths: [],
  finish: () => undefined,
  bodies: 'bytes',
  register: (server, get) => get(NativeRoutes).register(server),
  sockets: {
    paths: ['/ws', '/api/ws'],
    access: to('read', 'content'),
    opensBy: { token: true },
    accept: (get, offer) => get(SocketHub).accept(offer),
  },
};

/** What has no route here is a page of the web UI, or what an operator lets pass to one node. A preflight has no credential. */
function elsewhere(method: string): RouteAccess {
  if (method === 'OPTIONS') return 'open';
  return method === 'GET' || method === 'HEAD' ? to('read', 'catalogue') : to('change', 'node');
}

/** ComfyUI keeps strangers from reading, too. */
function keepsOut(asked: Asked, own: OwnNames): string | null {
  if (!isFromHere(asked.headers)) return 'Pages of other sites are not let in.';
  return crossSiteRefusal(asked, own);
}
