import {
  bearerOnly,
  callerByAddress,
  crossSiteRefusal,
  type Door,
  ownHeaders,
  problemErrors,
} from '../kit/index.js';

/** Our own API. */
export const v1Door: Door = {
  name: 'v1',
  label: 'v1',
  ports: ['main'],
  prefixes: ['/v1'],
  errors: problemErrors,
  cors: () => ({ kind: 'none' }),
  keepsOut: crossSiteRefusal,
  callerOf: callerByAddress,
  // The console's pages ask here, by the cookie of their login.
  access: { ...bearerOnly, takesLogins: true },
  quietPaths: [],
  finish: ownHeaders,
  bodies: 'json',
  register: () => undefined,
  sockets: null,
};
