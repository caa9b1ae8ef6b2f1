import type { FastifyReply } from 'fastify';
import { callerByAddress, crossSiteRefusal, type Door, ownHeaders, problemErrors } from '../kit/index.js';
import { loginPolicy } from './login-page.js';
import { LoginRoutes } from './login.routes.js';
import { ProviderRoutes } from './provider.routes.js';

/** Where a browser shows a key once, or is vouched for by an OpenID provider, and has a cookie from then on: for the console and for ComfyUI's web UI. */
export const loginDoor: Door = {
  name: 'login',
  label: 'login',
  ports: ['main', 'native'],
  prefixes: ['/login'],
  errors: problemErrors,
  cors: () => ({ kind: 'none' }),
  keepsOut: crossSiteRefusal,
  callerOf: callerByAddress,
  access: { challenge: 'bearer', takesLogins: true, elsewhere: () => 'open' },
  quietPaths: [],
  finish: loginHeaders,
  bodies: 'bytes',
  register: (server, get) => {
    get(LoginRoutes).register(server);
    get(ProviderRoutes).register(server);
  },
  sockets: null,
};

function loginHeaders(reply: FastifyReply): void {
  ownHeaders(reply);
  void reply.headers({ 'content-security-policy': loginPolicy, 'cross-origin-opener-policy': 'same-origin' });
}
