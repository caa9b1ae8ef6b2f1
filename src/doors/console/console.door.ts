import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { callerByAddress, crossSiteRefusal, type Door, ownHeaders, problemErrors } from '../kit/index.js';
import { answerPage } from './answer-page.js';
import { readBuiltFiles } from './built-files.js';

/** Beside the built service. */
const builtDir = fileURLToPath(new URL('../../console/', import.meta.url));

/** The operators' pages: files that were built with the service. What they show and do goes through `/v1`. */
export const consoleDoor: Door = {
  name: 'console',
  label: 'console',
  ports: ['main'],
  prefixes: ['/console'],
  errors: problemErrors,
  cors: () => ({ kind: 'none' }),
  keepsOut: crossSiteRefusal,
  callerOf: callerByAddress,
  access: { challenge: 'bearer', takesLogins: true, elsewhere: () => 'open' },
  quietPaths: [],
  finish: consoleHeaders,
  bodies: 'json',
  register: (server) => registerPages(server, builtDir),
  sockets: null,
};

/** Every address below the door's that is no file is one of a page, which finds its way itself. */
export function registerPages(server: FastifyInstance, dir: string): void {
  const files = readBuiltFiles(dir);
  // They tell nothing of anybody: what they show is asked for by whoever opened them.
  for (const path of ['/console', '/console/*'])
    server.get(path, { config: { access: 'open' } }, async (request, reply) =>
      answerPage(files, request, reply),
    );
}

/** No script, style, picture or answer of anybody else, and nothing inline that could be slipped in. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function consoleHeaders(reply: FastifyReply): void {
  ownHeaders(reply);
  void reply.headers({ 'content-security-policy': policy, 'cross-origin-opener-policy': 'same-origin' });
}
