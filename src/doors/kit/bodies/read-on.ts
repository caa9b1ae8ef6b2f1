/**
 * What is left of a refused body is read and forgotten before the answer ends: a client that writes first and reads then would
 * find a broken pipe instead of the refusal (RFC 9112, section 9.6). Within bounds: who sends more is cut off.
 */
import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';

const bytesMax = 256 * 1024 * 1024;
const waitMs = 30_000;

export async function readOn(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed || announced(request) > bytesMax) return;
  let bytes = 0;
  const tooMuch = new AbortController();
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) tooMuch.abort();
  });
  request.unpipe();
  request.resume();
  const bound = AbortSignal.any([tooMuch.signal, AbortSignal.timeout(waitMs)]);
  // Whatever ends it, the answer goes out.
  await finished(request, { writable: false, signal: bound, cleanup: true }).catch(() => undefined);
}

const announced = ({ headers }: IncomingMessage): number => Number(headers['content-length'] ?? 0);
