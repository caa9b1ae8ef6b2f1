/** Takes files in for this door: hashed both ways in one pass, kept once, named for their owner. */
import { currentTenant } from '../../modules/access/index.js';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { type AssetRecord, AssetRecords, AssetsService, mimeOfName } from '../../modules/assets/index.js';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { Fault } from '../../platform/fault.js';
import { multipartParts } from '../kit/index.js';
import { ApiError, badUpload } from './domain/errors.js';
import { readFilePath } from './domain/file-path.js';
import type { Hold } from './http/patience.js';

export interface Committed {
  record: AssetRecord;
  /** The bytes were not known before. */
  isNew: boolean;
}

const limits = { maxFields: 40, maxFiles: 1, maxFieldBytes: 65_536 };
const hashPattern = /^(?:blake3:)?([0-9a-f]{64})$/i;
const mediaTypePattern = /^[\w.+-]{1,100}\/[\w.+-]{1,100}$/;
const tagsMax = 20;
const expirySeconds = { min: 60, max: 604_800 };

interface Form {
  fields: Map<string, string>;
  tags: string[];
  file: { sha256: string; blake3: string; sizeBytes: number; mime: string; isNew: boolean } | undefined;
}

@Injectable()
export class Uploads {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(AssetRecords) private readonly records: AssetRecords,
  ) {}

  /** Fields and file in any order; the bytes pass once, and what is written of them may be tried again. Throws ApiError and Fault. */
  async fromForm(request: FastifyRequest, hold: Hold): Promise<Committed> {
    if (!request.isMultipart())
      throw badUpload('Send multipart/form-data with the parts file, content_type and file_path.');
    const form: Form = { fields: new Map(), tags: [], file: undefined };
    const maxFileBytes = this.config.MAX_UPLOAD_BYTES;
    for await (const part of multipartParts(request, { ...limits, maxFileBytes })) {
      if (part.type === 'file') {
        if (part.fieldname === 'file') form.file = await this.store(part.file, part.filename, hold);
      } else if (/^tags(\[\])?$/.test(part.fieldname)) form.tags.push(String(part.value).slice(0, 200));
      else form.fields.set(part.fieldname, String(part.value));
    }
    return hold(async () => this.commit(form));
  }

  /** Another name for bytes that this owner may use. */
  async fromHash(hash: unknown, path: unknown, contentType: unknown): Promise<Committed> {
    if (typeof hash !== 'string') throw badUpload('Send the hash of the file as "hash".');
    const known = await this.byHash(hash);
    if (!known?.blake3) throw new ApiError('blob_not_found', 'No file with this hash is known here.');
    const { record, isNew } = await this.records.mint({
      id: uuidv7(),
      owner: currentTenant(),
      sha256: known.sha256,
      blake3: known.blake3,
      filePath: pathOf(path ?? known.filePath ?? ''),
      contentType: mediaTypeOf(contentType) ?? known.contentType,
      sizeBytes: known.sizeBytes,
      tags: [],
      expiresAt: null,
    });
    return { record, isNew };
  }

  /** Null when nothing is known under the hash, or it is none. */
  async byHash(hash: unknown): Promise<AssetRecord | null> {
    const hex = typeof hash === 'string' ? hashPattern.exec(hash)?.[1]?.toLowerCase() : undefined;
    return hex === undefined ? null : this.records.findByHash(currentTenant(), hex);
  }

  private async store(
    source: AsyncIterable<Uint8Array>,
    filename: string | undefined,
    hold: Hold,
  ): Promise<Form['file']> {
    const maxBytes = this.config.MAX_UPLOAD_BYTES;
    const declaredMime = mimeOfName(filename ?? '');
    const asset = await this.assets
      .storeUpload(source, { maxBytes, accept: 'any', declaredMime, owner: currentTenant(), hold })
      .catch(refuseUnfit);
    const blake3 = asset.blake3 ?? '';
    const isNew = (await hold(async () => this.records.findByHash(currentTenant(), blake3))) === null;
    return { sha256: asset.sha256, sizeBytes: asset.sizeBytes, mime: asset.mime, blake3, isNew };
  }

  private async commit({ fields, tags, file }: Form): Promise<Committed> {
    if (!file) throw badUpload('The part "file" is missing.');
    const filePath = pathOf(fields.get('file_path'));
    const expected = fields.get('expected_hash');
    if (expected !== undefined && hashPattern.exec(expected)?.[1]?.toLowerCase() !== file.blake3)
      throw new ApiError('hash_mismatch', 'The bytes that arrived do not have the expected hash.');
    if (tags.length > tagsMax) throw badUpload(`At most ${tagsMax} tags are allowed.`);
    const { record } = await this.records.mint({
      id: uuidv7(),
      owner: currentTenant(),
      sha256: file.sha256,
      blake3: file.blake3,
      filePath,
      contentType: mediaTypeOf(fields.get('content_type')) ?? file.mime,
      sizeBytes: file.sizeBytes,
      tags,
      expiresAt: expiryOf(fields.get('expires_in')),
    });
    return { record, isNew: file.isNew };
  }
}

function refuseUnfit(error: unknown): never {
  if (error instanceof Fault && error.code === 'unsupported_media') throw badUpload(error.message);
  throw error;
}

function pathOf(raw: unknown): string {
  const read = readFilePath(typeof raw === 'string' ? raw : '');
  if (!read.ok) throw badUpload(read.reason);
  return read.path;
}

const mediaTypeOf = (raw: unknown): string | undefined =>
  typeof raw === 'string' && mediaTypePattern.test(raw) ? raw.toLowerCase() : undefined;

function expiryOf(raw: string | undefined): Date | null {
  if (raw === undefined || raw === '') return null;
  const seconds = /^\d{1,7}$/.test(raw) ? Number(raw) : Number.NaN;
  if (!(seconds >= expirySeconds.min && seconds <= expirySeconds.max))
    throw badUpload(`expires_in must be ${expirySeconds.min} to ${expirySeconds.max} seconds.`);
  return new Date(Date.now() + seconds * 1000);
}
