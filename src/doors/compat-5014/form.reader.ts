/**
 * Reads the upload endpoints' form: multipart as it streams in, or an urlencoded body.
 *
 * Guarantees: the image goes straight into storage, in whatever order the parts come; of fields with one name the
 * last counts. An image stored for a form that is refused later is an orphan, which assets removes after its grace.
 */
import type { Multipart, MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { multipartParts } from '../kit/index.js';
import { currentTenant } from '../../modules/access/index.js';
import type { AssetsService, StoredAsset } from '../../modules/assets/index.js';
import type { PyValue } from './domain/python-value.js';

export interface UploadForm {
  values: Map<string, PyValue>;
  image: { asset: StoredAsset; filename: string } | undefined;
}

export type FormRequest = FastifyRequest<{ Body: Buffer | undefined }>;

const limits = { maxFields: 32, maxFiles: 4, maxFieldBytes: 1024 * 1024 };

export async function readForm(
  request: FormRequest,
  assets: AssetsService,
  maxUploadBytes: number,
): Promise<UploadForm> {
  const form: UploadForm = { values: urlencodedValues(request), image: undefined };
  for await (const part of multipartParts(request, { ...limits, maxFileBytes: maxUploadBytes }))
    await takePart(form, part, (file) => storeImage(file, assets, maxUploadBytes));
  return form;
}

async function takePart(
  form: UploadForm,
  part: Multipart,
  store: (file: MultipartFile) => Promise<StoredAsset>,
): Promise<void> {
  if (part.type === 'field') {
    form.values.set(part.fieldname, textOf(part.value));
    if (part.fieldname === 'image') form.image = undefined;
  } else if (part.fieldname === 'image') {
    form.image = { asset: await store(part), filename: part.filename };
    form.values.delete('image');
  } else {
    form.values.set(part.fieldname, new Map([['filename', part.filename]]));
  }
}

async function storeImage(
  { file, mimetype }: MultipartFile,
  assets: AssetsService,
  maxBytes: number,
): Promise<StoredAsset> {
  return assets.storeUpload(file, {
    maxBytes,
    accept: 'image',
    declaredMime: mimetype,
    owner: currentTenant(),
  });
}

/** The plugin parses a part that calls itself JSON. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function urlencodedValues({ headers, body }: FormRequest): Map<string, PyValue> {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
  return new Map(isForm && Buffer.isBuffer(body) ? new URLSearchParams(body.toString('utf8')) : []);
}
