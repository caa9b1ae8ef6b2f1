/**
 * Bytes of bodies that are held in memory, over all requests of this process. Counted as they come, so that a slow sender holds
 * what it has sent; files of multipart forms flow into storage and are not held. A compressed body is opened, and counts as
 * what comes out of it.
 */
import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../../platform/fault.js';

const retryAfterSeconds = 5;

const openers: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

export class BodyBudget {
  private heldBytes = 0;

  constructor(private readonly maxBytes: number) {}

  get held(): number {
    return this.heldBytes;
  }

  /** The body as it is to be read. Faults: unsupported_encoding; its stream fails with overloaded. */
  take(request: FastifyRequest, reply: FastifyReply, body: Readable): Readable {
    const { headers } = request;
    const encoding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
    const open = Object.hasOwn(openers, encoding) ? openers[encoding] : undefined;
    const isForm = headers['content-type']?.toLowerCase().startsWith('multipart/') === true;
    if (encoding !== 'identity' && (isForm || !open)) throw unreadable(encoding);
    const isEmpty = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
    if (isForm || isEmpty) return body;
    const counted = new CountedBody((bytes) => this.hold(bytes));
    reply.raw.once('close', () => (this.heldBytes -= counted.heldBytes));
    return chained(body, open ? [open(), counted] : [counted], counted);
  }

  private hold(bytes: number): void {
    this.heldBytes += bytes;
    if (this.heldBytes > this.maxBytes)
      throw new Fault('overloaded', 'Too many large requests are being read; try again.', undefined, {
        retryAfterSeconds,
      });
  }
}

function unreadable(encoding: string): Fault {
  return new Fault(
    'unsupported_encoding',
    `A body in the encoding "${encoding.slice(0, 40)}" is not read here: gzip, deflate and br are, of bodies that are no forms.`,
  );
}

class CountedBody extends Transform {
  heldBytes = 0;
  /** As it came over the line: what Fastify compares with the Content-Length. */
  receivedEncodedLength = 0;

  constructor(private readonly hold: (bytes: number) => void) {
    super();
    // Whoever reads it hears of a failure; where a request is refused before, nobody does.
    this.on('error', () => undefined);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.heldBytes += chunk.length;
    try {
      this.hold(chunk.length);
    } catch (error) {
      return done(error as Error);
    }
    return done(null, chunk);
  }
}

/** A failure anywhere is the last stream's. */
function chained(body: Readable, steps: Transform[], last: CountedBody): Readable {
  body.on('data', (chunk: Buffer) => (last.receivedEncodedLength += chunk.length));
  let before = body;
  for (const step of steps) {
    before.once('error', (error: Error) => last.destroy(error));
    before = before.pipe(step);
  }
  return last;
}
