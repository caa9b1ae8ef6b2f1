import { pipeline, Readable, Transform } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../../platform/fault.js';
import { fileHeaders } from './file-headers.js';
import { decideRange, type ByteRange, type FileVersion, isSize, type RangeAnswer } from './ranges.js';

export interface ServedFile extends FileVersion {
  contentType: string;
  /** Value of Content-Disposition, or none. */
  disposition?: string;
  /** Value of Cache-Control, or none. */
  cacheControl?: string;
}

/**
 * Answers GET or HEAD with the file or the part of it that was asked for: 200, 206, 304 or 416.
 * `open` is called only when bytes are wanted, with an inclusive range or none for the whole; its stream flows
 * straight to the client and is destroyed when the client goes away.
 */
export async function answerRange(
  request: FastifyRequest,
  reply: FastifyReply,
  file: ServedFile,
  open: (range: ByteRange | undefined) => Promise<Readable>,
): Promise<void> {
  if (!isSize(file.sizeBytes)) throw new Fault('not_found', 'what is kept of this file tells no size');
  const answer = decideRange(request.method, request.headers, file);
  const hasBody = answer.status === 200 || answer.status === 206;
  // Opened before any header is set: when it fails, the error's answer must not carry the file's headers.
  // For HEAD an empty stream keeps the Content-Length, which an empty body would reset to 0.
  const body = hasBody
    ? request.method === 'HEAD'
      ? Readable.from([])
      : ofLength(await open(answer.range), lengthOf(answer.range, file))
    : undefined;
  void reply.code(answer.status).headers(headersOf(answer, file)).send(body);
}

/** Whether a client that follows redirects gets the same from the store; a signed address is for GET, and its validators are the store's own. */
export const mayBeSentOn = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' &&
  ['if-none-match', 'if-modified-since', 'if-match', 'if-unmodified-since', 'if-range'].every(
    (name) => headers[name] === undefined,
  );

const lengthOf = (range: ByteRange | undefined, { sizeBytes }: ServedFile): number =>
  range ? range.end - range.start + 1 : sizeBytes;

/** The record may lie of a file: one that is not as long as was told would be mixed up with the next answer on its connection. */
function ofLength(body: Readable, lengthBytes: number): Readable {
  let leftBytes = lengthBytes;
  const differs = new Error('a file is not as long as what is kept of it says');
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      leftBytes -= chunk.length;
      if (leftBytes < 0) done(differs);
      else done(null, chunk);
    },
    flush: (done) => done(leftBytes === 0 ? null : differs),
  });
  void pipeline(body, counted, () => undefined);
  return counted;
}

type Headers = Record<string, string | number | undefined>;

function headersOf(answer: RangeAnswer, file: ServedFile): Headers {
  return Object.fromEntries(
    Object.entries(allHeaders(answer, file)).filter(([, value]) => value !== undefined),
  );
}

function allHeaders(answer: RangeAnswer, file: ServedFile): Headers {
  const version = {
    'accept-ranges': 'bytes',
    etag: file.etag,
    'last-modified': file.lastModified.toUTCString(),
  };
  if (answer.status === 416) return { ...version, 'content-range': `bytes */${file.sizeBytes}` };
  const cached = { ...version, 'cache-control': file.cacheControl };
  return answer.status === 304 ? cached : { ...cached, ...bodyHeadersOf(answer.range, file) };
}

function bodyHeadersOf(range: ByteRange | undefined, file: ServedFile): Headers {
  return {
    'content-type': file.contentType,
    'content-length': lengthOf(range, file),
    'content-disposition': file.disposition,
    'content-range': range && `bytes ${range.start}-${range.end}/${file.sizeBytes}`,
    ...fileHeaders,
  };
}
