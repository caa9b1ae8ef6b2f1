import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../platform/fault.js';
import { plainPath } from '../kit/index.js';
import { type BuiltFile, type BuiltFiles, encodingFor } from './built-files.js';

const yearS = 31_536_000;

/** Faults: not_found for a file that no longer is, and where the console was not built. */
export function answerPage(files: BuiltFiles, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = plainPath(request.url).replace(/^\/console\/?/, '');
  const file = files.get(path) ?? (path.startsWith('assets/') ? undefined : files.get('index.html'));
  if (!file) throw missing(files);
  void reply.headers({
    etag: file.etag,
    vary: 'accept-encoding',
    'cache-control': file.immutable ? `public, max-age=${yearS}, immutable` : 'no-cache',
  });
  if (isKnown(file, request)) return reply.code(304).send();
  const encoding = encodingFor(file, request.headers['accept-encoding']);
  if (encoding !== null) void reply.header('content-encoding', encoding);
  return reply.type(file.contentType).send(encoding === null ? file.plain : file.encoded[encoding]);
}

const missing = (files: BuiltFiles): Fault =>
  files.size === 0
    ? new Fault('not_found', 'The console is not built here: `npm run build` builds it with the service.')
    : new Fault('not_found', 'There is no such file; the console was changed since the page was loaded.');

const isKnown = ({ etag }: BuiltFile, { headers }: FastifyRequest): boolean =>
  (headers['if-none-match'] ?? '').split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
