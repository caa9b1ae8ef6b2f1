import type { FastifyRequest } from 'fastify';
import { multipartParts } from '../../kit/index.js';

export interface Upload {
  filename: string;
  sha256: string;
  fields: Record<string, string | undefined>;
}

/** Whoever keeps the file bounds it. */
const limits = {
  maxFields: 1_000,
  maxFiles: 1_000,
  maxFieldBytes: 1_048_576,
  maxFileBytes: Number.MAX_SAFE_INTEGER - 1,
};

/**
 * Reads a multipart form whose part `image` is a file, streaming it through `keep`. Null without such a file. Fields
 * may come before or after it.
 */
export async function readUpload(
  request: FastifyRequest,
  keep: (stream: AsyncIterable<Uint8Array>) => Promise<string>,
): Promise<Upload | null> {
  if (!request.isMultipart()) return null;
  const fields: Record<string, string | undefined> = {};
  let file: Pick<Upload, 'filename' | 'sha256'> | null = null;
  for await (const part of multipartParts(request, limits)) {
    if (part.type === 'field')
      fields[part.fieldname] = typeof part.value === 'string' ? part.value : undefined;
    else if (part.fieldname === 'image' && part.filename && file === null)
      file = { filename: part.filename, sha256: await keep(part.file) };
    else part.file.resume();
  }
  return file && { ...file, fields };
}
