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
  access: bearerOnly,
  quietPaths: [],
  finish: ownHeaders,
  bodies: 'json',
  register: () => undefined,
  sockets: null,
};
