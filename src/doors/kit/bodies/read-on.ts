/**
 * A refusal goes out at once, and the connection stays open while what is left of the body is read and forgotten: a client that
 * writes first and reads then would find a broken pipe instead of the answer (RFC 9112, section 9.6). Within bounds: who sends
 * more, or nothing for long, is cut off.
 */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

const bytesMax = 256 * 1024 * 1024;
const waitMs = 30_000;

/** Whether the client may still be writing. */
export const isStillSent = (request: IncomingMessage): boolean =>
  !request.complete && !request.destroyed && announced(request) <= bytesMax;

/** The whole answer first; its stream ends with the request. */
export function answerThenReadOn(answer: string | Buffer, request: IncomingMessage): Readable {
  return Readable.from(parts(answer, request), { objectMode: false });
}

async function* parts(answer: string | Buffer, request: IncomingMessage): AsyncGenerator<string | Buffer> {
  yield answer;
  await readOn(request);
  // What follows on this connection could not be told from the rest of the body.
  if (!request.complete) request.destroy();
}

async function readOn(request: IncomingMessage): Promise<void> {
  if (!isStillSent(request)) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, waitMs);
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) resolve();
    });
    for (const end of ['end', 'error', 'close'] as const)
      request.once(end, () => {
        clearTimeout(timer);
        resolve();
      });
    request.unpipe();
    request.resume();
  });
}

const announced = ({ headers }: IncomingMessage): number => Number(headers['content-length'] ?? 0);
