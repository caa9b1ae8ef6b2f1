/**
 * Reads the upload endpoints' form: multipart as it streams in, or an urlencoded body.
 *
 * Guarantees: the image goes straight into storage, in whatever order the parts come; number and size of the parts
 * are bounded; of fields with one name the last counts; when reading ends early the rest of the request is discarded,
 * so that the client gets to read the answer. An image stored for a form that is refused later is an orphan, which
 * assets removes after its grace.
 */
import type { Multipart, MultipartFile, MultipartValue } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { Fault } from '../../platform/fault.js';
import type { AssetsService, StoredAsset } from '../assets/index.js';
import type { PyValue } from './domain/python-value.js';

export interface UploadForm {
  values: Map<string, PyValue>;
  image: { asset: StoredAsset; filename: string } | undefined;
}

export type FormRequest = FastifyRequest<{ Body: Buffer | undefined }>;

const maxFields = 32;
const maxFiles = 4;
const maxFieldBytes = 1024 * 1024;

export async function readForm(
  request: FormRequest,
  assets: AssetsService,
  maxUploadBytes: number,
): Promise<UploadForm> {
  if (!request.isMultipart()) return { values: urlencodedValues(request), image: undefined };
  const form: UploadForm = { values: new Map(), image: undefined };
  try {
    for await (const part of wellFormedParts(request, maxUploadBytes))
      await takePart(form, part, assets, maxUploadBytes);
    return form;
  } finally {
    request.raw.unpipe();
    request.raw.resume();
  }
}

async function takePart(
  form: UploadForm,
  part: Multipart,
  assets: AssetsService,
  maxBytes: number,
): Promise<void> {
  if (part.type === 'field') {
    form.values.set(part.fieldname, textOf(part));
    if (part.fieldname === 'image') form.image = undefined;
  } else if (part.fieldname === 'image') {
    form.image = { asset: await storeImage(part, assets, maxBytes), filename: part.filename };
    form.values.delete('image');
  } else {
    part.file.resume();
    form.values.set(part.fieldname, new Map([['filename', part.filename]]));
  }
}

async function storeImage(
  part: MultipartFile,
  assets: AssetsService,
  maxBytes: number,
): Promise<StoredAsset> {
  return assets.storeUpload(part.file, { maxBytes, accept: 'image', declaredMime: part.mimetype });
}

function textOf({ value, valueTruncated }: MultipartValue): string {
  if (valueTruncated)
    throw new Fault('invalid_request', `Part exceeded maximum size of ${maxFieldBytes / 1024}KB.`);
  // The plugin parses a part that calls itself JSON.
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Only what the parser itself throws is the sender's fault; what the consumer throws does not pass through here. */
async function* wellFormedParts(request: FastifyRequest, maxUploadBytes: number): AsyncGenerator<Multipart> {
  try {
    yield* request.parts({
      // One byte more than is allowed, so that the check of the size sees the excess.
      limits: { fields: maxFields, files: maxFiles, fieldSize: maxFieldBytes, fileSize: maxUploadBytes + 1 },
      isPartAFile: (_field, _mediaType, filename) => filename !== undefined,
    });
  } catch (error) {
    throw new Fault('invalid_request', complaintAbout(error), undefined, { cause: error });
  }
}

function complaintAbout(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'FST_FIELDS_LIMIT') return `Too many fields. Maximum number of fields is ${maxFields}.`;
  if (code === 'FST_FILES_LIMIT') return `Too many files. Maximum number of files is ${maxFiles}.`;
  return /boundary not found/i.test(String(message))
    ? 'Missing boundary in multipart.'
    : 'Invalid multipart data.';
}

function urlencodedValues({ headers, body }: FormRequest): Map<string, PyValue> {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
  return new Map(isForm && Buffer.isBuffer(body) ? new URLSearchParams(body.toString('utf8')) : []);
}
