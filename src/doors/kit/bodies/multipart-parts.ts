/**
 * The parts of a multipart body, one after the other, as they stream in.
 *
 * Guarantees: number and size of the parts are bounded; what the sender did wrong is a Fault `invalid_request`; when
 * reading ends early, by a refusal or because enough was read, the rest of the request is discarded, so that the
 * client can finish sending and reads the answer. A file that nobody reads is passed over.
 */
import type { Multipart } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { Fault } from '../../../platform/fault.js';

export interface MultipartLimits {
  maxFields: number;
  maxFiles: number;
  /** Of one text field. Larger ones are refused. */
  maxFieldBytes: number;
  /** A larger file is cut off after one byte more, for its consumer to refuse. */
  maxFileBytes: number;
}

/** Nothing for a request that is not multipart. */
export async function* multipartParts(
  request: FastifyRequest,
  limits: MultipartLimits,
): AsyncGenerator<Multipart> {
  if (!request.isMultipart()) return;
  try {
    yield* wellFormed(request, limits);
  } finally {
    request.raw.unpipe();
    request.raw.resume();
  }
}

/** Only what the parser throws passes through here; what the consumer throws is the consumer's. */
async function* wellFormed(request: FastifyRequest, limits: MultipartLimits): AsyncGenerator<Multipart> {
  const { maxFields, maxFiles, maxFieldBytes, maxFileBytes } = limits;
  try {
    const parts = request.parts({
      limits: { fields: maxFields, files: maxFiles, fieldSize: maxFieldBytes, fileSize: maxFileBytes + 1 },
      isPartAFile: (_field, _mediaType, filename) => filename !== undefined,
    });
    for await (const part of parts) {
      if (part.type === 'field' && part.valueTruncated) throw tooLong(maxFieldBytes);
      yield part;
      // What its consumer left of a file would hold up the next part.
      if (part.type === 'file') part.file.resume();
    }
  } catch (error) {
    throw error instanceof Fault ? error : malformed(error, limits);
  }
}

function tooLong(maxFieldBytes: number): Fault {
  return new Fault('invalid_request', `Part exceeded maximum size of ${maxFieldBytes / 1024}KB.`);
}

function malformed(cause: unknown, limits: MultipartLimits): Fault {
  return new Fault('invalid_request', complaintAbout(cause, limits), undefined, { cause });
}

function complaintAbout(error: unknown, { maxFields, maxFiles }: MultipartLimits): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'FST_FIELDS_LIMIT') return `Too many fields. Maximum number of fields is ${maxFields}.`;
  if (code === 'FST_FILES_LIMIT') return `Too many files. Maximum number of files is ${maxFiles}.`;
  return /boundary not found/i.test(String(message))
    ? 'Missing boundary in multipart.'
    : 'Invalid multipart data.';
}
