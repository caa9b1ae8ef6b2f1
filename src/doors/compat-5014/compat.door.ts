import type { FastifyReply } from 'fastify';
import { callerByAddress, type Door } from '../kit/index.js';
import { compatErrors } from './compat.errors.js';

/** The original API, and whatever no other door of its port takes. Open to pages of every site, as it always was. */
export const compatDoor: Door = {
  name: 'compat-5014',
  label: '5014',
  ports: ['main'],
  prefixes: ['/'],
  errors: compatErrors,
  cors: () => ({ kind: 'any-site' }),
  keepsOut: () => null,
  callerOf: callerByAddress,
  access: { challenge: 'basic', takesLogins: false, elsewhere: () => 'open' },
  quietPaths: ['/health'],
  finish: withoutCharset,
  bodies: 'json',
  register: () => undefined,
  sockets: null,
};

/** The original names no charset. */
function withoutCharset(reply: FastifyReply): void {
  const contentType = reply.getHeader('content-type');
  if (typeof contentType === 'string' && contentType.startsWith('application/json;'))
    void reply.header('content-type', 'application/json');
}
