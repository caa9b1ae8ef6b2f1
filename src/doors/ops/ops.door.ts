import {
  bearerOnly,
  callerByAddress,
  crossSiteRefusal,
  type Door,
  ownHeaders,
  problemErrors,
} from '../kit/index.js';

/** Probes and metrics. */
export const opsDoor: Door = {
  name: 'ops',
  label: 'ops',
  ports: ['main'],
  prefixes: ['/livez', '/readyz', '/metrics'],
  errors: problemErrors,
  cors: () => ({ kind: 'none' }),
  keepsOut: crossSiteRefusal,
  callerOf: callerByAddress,
  access: bearerOnly,
  quietPaths: ['/livez', '/readyz', '/metrics'],
  finish: ownHeaders,
  bodies: 'json',
  register: () => undefined,
  sockets: null,
};
