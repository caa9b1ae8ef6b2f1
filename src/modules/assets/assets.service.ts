/**
 * Files by their content: what callers upload, what nodes make.
 *
 * Guarantees: bytes stream from sender to storage and from storage to node, a few chunks at a time; a file is named by
 * its hash everywhere, so equal files are kept once and different ones never overwrite each other; what was refused
 * or broke off leaves nothing behind; a stored file that nothing names is removed by `removeOrphans`.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { Fault } from '../../platform/fault.js';
import { type ListedObject, Storage } from '../../platform/storage/index.js';
import { utf8InTurns } from '../../platform/turns/index.js';
import type { ComfyClient, FileReference } from '../comfyui/index.js';
import { blake3Tap } from './blake3.js';
import { AssetsStore, type NumberedName } from './assets.store.js';
import type { NewAsset, StoredAsset } from './domain/stored-asset.js';
import { checkHead } from './head-check.js';
import { inputNameFor } from './domain/media-types.js';
import { fromNode, openInput } from './from-nodes.js';
import { boundOf } from './ledger/room.js';
import { OutputCheck } from './output-check.js';
import { Placements } from './placements.js';
import { UploadCheck, type UploadCheckOptions } from './upload-check.js';

export interface StoreUploadOptions extends UploadCheckOptions {
  maxBytes: number;
  /** The tenant for whom it counts; null for what is nobody's. */
  owner: string | null;
  /** Writes the record, again if need be: the bytes passed once and are there by then. */
  hold?: <T>(write: () => Promise<T>) => Promise<T>;
}

export interface CollectOptions {
  /** As of an upload. */
  owner: string | null;
  maxBytes?: number;
  signal?: AbortSignal;
}

const defaultTenantId = 'default';
/** Uploads of callers who have an input folder of their own, as everybody else finds them. */
export const sharedTenantId = 'shared';
/** A crash or two leave no more than this. */
const strayTolerance = 20;
/** Above any video a node makes; below what fills a disk unnoticed. */
const defaultMaxOutputBytes = 16 * 1024 ** 3;

@Injectable()
export class AssetsService {
  private readonly placements = new Placements();

  constructor(
    @Inject(AssetsStore) private readonly store: AssetsStore,
    @Inject(Storage) private readonly storage: Storage,
  ) {}

  /**
   * Reads `source` to its end. Faults: `unsupported_media` (empty, or no image where one is wanted),
   * `payload_too_large`, `storage_full`, `quota_exceeded`. Until something refers to it the file is an orphan: see `recordUpload`.
   */
  async storeUpload(
    source: AsyncIterable<Uint8Array>,
    { maxBytes, owner, hold = once, ...checks }: StoreUploadOptions,
  ): Promise<StoredAsset> {
    const check = new UploadCheck(checks);
    const stored = await this.putWithin({ maxBytes, owner }, async (most) =>
      this.put(checkHead(source, check), { maxBytes: most }, () => check.mime),
    );
    return hold(async () => this.store.keepUpload(stored, owner));
  }

  /** Nothing is read of a file, or more of it than the tenant has room for: what is refused behind its last byte has filled the disk. */
  private async putWithin(
    { maxBytes, owner }: Pick<StoreUploadOptions, 'maxBytes' | 'owner'>,
    put: (maxBytes: number) => Promise<NewAsset>,
  ): Promise<NewAsset> {
    const room = owner === null ? null : await this.store.room(owner);
    const bound = room && boundOf(room);
    if (owner === null || !room || !bound || bound.bytes >= maxBytes) return put(maxBytes);
    if (bound.bytes === 0) throw this.store.noRoom(owner, bound.quota, room);
    try {
      return await put(bound.bytes);
    } catch (error) {
      throw error instanceof Fault && error.code === 'payload_too_large'
        ? this.store.noRoom(owner, bound.quota, room)
        : error;
    }
  }

  /** Keeps the file under the name its caller gave it; of one name the newest counts. `owner`: whose it is under a name that is no tenant's. */
  async recordUpload(
    name: string,
    sha256: string,
    tenantId = defaultTenantId,
    owner: string | null = null,
  ): Promise<void> {
    await this.store.recordUpload(tenantId, name, sha256, owner);
  }

  /**
   * Under a name that the doors without callers of their own share: only what nobody has put there yet, or what this caller put
   * there itself (`previous`) is replaced.
   */
  async shareUpload(name: string, sha256: string, previous: string | undefined): Promise<void> {
    const shared = await this.store.findUpload(sharedTenantId, name);
    if (shared === null || shared.sha256 === previous)
      await this.store.recordUpload(sharedTenantId, name, sha256, null);
  }

  /** Without a tenant: what these doors took in themselves, or else what a caller of another door shares. */
  async findUpload(name: string, tenantId = defaultTenantId): Promise<StoredAsset | null> {
    const own = await this.store.findUpload(tenantId, name);
    return own ?? (tenantId === defaultTenantId ? this.store.findUpload(sharedTenantId, name) : null);
  }

  /** The name under which new bytes are kept beside what is there: see `AssetsStore.freeName`. */
  async freeName(
    tenantId: string,
    name: NumberedName,
    sha256: string,
  ): Promise<{ index: number; isKnown: boolean }> {
    return this.store.freeName(tenantId, name, sha256);
  }

  async uploadNames(tenantId: string, limit: number): Promise<string[]> {
    return this.store.uploadNames(tenantId, limit);
  }

  /** As `find`; the file counts for its new owner too, and as just stored, so that it is no orphan until something refers to it. Fault storage_full. */
  async renew(sha256: string, owner: string | null): Promise<StoredAsset | null> {
    const asset = await this.store.find(sha256);
    return asset && this.store.keepKnown(asset, owner);
  }

  async find(sha256: string): Promise<StoredAsset | null> {
    return this.store.find(sha256);
  }

  /** Bytes from `start` to `end` inclusive, or all. Fault `not_found`. */
  async open(sha256: string, range?: { start: number; end: number }): Promise<Readable> {
    return this.storage.get(sha256, range);
  }

  /**
   * Where the caller can fetch the file from the store itself, or null: when the operator wants downloads to pass through
   * here, or the store hands nothing out. The bytes need not be there.
   */
  async link(sha256: string, file: { contentType: string; disposition?: string }): Promise<string | null> {
    const { contentType, disposition = 'attachment' } = file;
    return (await this.storage.link(sha256, { contentType, disposition })) ?? null;
  }

  /**
   * Makes the file an input of the node and answers what LoadImage calls it there. A file that was placed through
   * this client before is not sent again until `forgetPlacements`. Rejects with Fault `not_found` or ComfyCallError.
   */
  async placeOn(client: ComfyClient, sha256: string, signal?: AbortSignal): Promise<string> {
    return this.placements.once(client, sha256, () => this.sendTo(client, sha256, signal));
  }

  /** To be called when the node restarted or refused an input as missing: its files may be gone. */
  forgetPlacements(client: ComfyClient): void {
    this.placements.forget(client);
  }

  /** Takes a file that a node made (or holds) into storage. Faults: `payload_too_large`, `storage_full`; else ComfyCallError. */
  async collectOutput(
    client: ComfyClient,
    file: FileReference,
    { owner, maxBytes = defaultMaxOutputBytes, signal }: CollectOptions,
  ): Promise<StoredAsset> {
    const { filename, subfolder, type } = file;
    const download = await client.view({ filename, subfolder, type, ...(signal && { signal }) });
    try {
      const check = new OutputCheck(filename, download.contentType);
      const content = checkHead(fromNode(download.body), check);
      const stored = await this.put(content, { maxBytes, ...(signal && { signal }) }, () => check.mime);
      return await this.store.keepResult(stored, owner);
    } finally {
      download.body.destroy();
    }
  }

  /** Takes a text that a node told as a result into storage. Fault `storage_full`. */
  async keepText(
    text: string,
    { owner, signal }: Omit<CollectOptions, 'maxBytes'>,
  ): Promise<Pick<StoredAsset, 'sha256' | 'sizeBytes' | 'mime'>> {
    const bytes = await utf8InTurns(text);
    const options = { maxBytes: bytes.length, ...(signal && { signal }) };
    const stored = await this.put(chunksOf(bytes), options, () => 'text/plain');
    const { sha256, sizeBytes, mime } = await this.store.keepResult(stored, owner);
    return { sha256, sizeBytes, mime };
  }

  /**
   * The image that `name` means in an input folder of the first of `clients` that has it, taken into storage and
   * recorded for `tenantId`, so that its next look-up finds it without asking; null when no node has it. What operators put there
   * counts for nobody.
   * Faults: `unsupported_media`, `payload_too_large`, `no_node_available` when its transfer breaks off.
   */
  async adoptInput(
    clients: readonly ComfyClient[],
    name: string,
    maxBytes: number,
    tenantId = defaultTenantId,
  ): Promise<StoredAsset | null> {
    for (const client of clients) {
      const download = await openInput(client, name);
      if (download === undefined) continue;
      const asset = await this.storeUpload(download, { maxBytes, accept: 'image', owner: null });
      await this.recordUpload(name, asset.sha256, tenantId);
      return asset;
    }
    return null;
  }

  /**
   * Forgets what names of uploads meant before they meant a newer file; with `unusedDays` above 0 also uploads that no job
   * used for so long. Answers how many after each page.
   */
  async *forgetUploads(unusedDays: number, page = 500): AsyncGenerator<number> {
    for (let after: string | null = '0'; after !== null;) {
      const { forgotten, last } = await this.store.forgetUploads(unusedDays, page, after);
      yield forgotten;
      after = last;
    }
  }

  /**
   * Removes files that nothing names and that were last written before `olderThan`, looking at `page` of all at a time.
   * Answers how many after each page.
   */
  async *removeOrphans(olderThan: Date, page = 200): AsyncGenerator<number> {
    for (let after: string | null = ''; after !== null;) {
      const { deleted, last } = await this.store.deleteUnreferenced(olderThan, page, after);
      for (const sha256 of deleted) await this.storage.delete(sha256, olderThan);
      yield deleted.length;
      after = last;
    }
  }

  /**
   * Removes stored files that the database does not know at all, a remainder of crashes, `page` at a time. Rejects when they are
   * more than half of a page: then the database is more likely to be the wrong one than the files.
   */
  async *removeStrays(olderThan: Date, page = 200): AsyncGenerator<number> {
    for await (const hashes of pagesOf(this.storage.list(), olderThan, page)) {
      const strays = await this.store.unknownAmong(hashes);
      if (strays.length > strayTolerance && strays.length > hashes.length / 2)
        throw new Error(
          `${strays.length} of ${hashes.length} stored files are unknown to this database; none was removed. Is the storage another one's?`,
        );
      for (const sha256 of strays) await this.storage.delete(sha256, olderThan);
      yield strays.length;
    }
  }

  /** Hashed in both ways as it passes by; `mimeOf` is asked behind the last byte. */
  private async put(
    content: AsyncIterable<Uint8Array>,
    options: { maxBytes: number; signal?: AbortSignal },
    mimeOf: () => string,
  ): Promise<NewAsset> {
    const tap = await blake3Tap();
    const stored = await this.storage.put(tap.through(content), options);
    return { ...stored, mime: mimeOf(), blake3: tap.digest() };
  }

  private async sendTo(
    client: ComfyClient,
    sha256: string,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const asset = await this.store.find(sha256);
    if (asset === null) throw new Fault('not_found', 'The input file is not in storage any more.');
    const { subfolder, filename } = inputNameFor(sha256, asset.mime);
    const content = await this.storage.get(sha256);
    try {
      // Of equal bytes under this name the node keeps one; other bytes get another name, which the answer tells.
      const placed = await client.upload({
        filename,
        subfolder,
        content,
        sizeBytes: asset.sizeBytes,
        ...(signal && { signal }),
      });
      return placed.subfolder === '' ? placed.filename : `${placed.subfolder}/${placed.filename}`;
    } finally {
      content.destroy();
    }
  }
}

const once = async <T>(write: () => Promise<T>): Promise<T> => write();

const chunkBytes = 1_048_576;

/** Each is hashed in one piece, with a turn for others behind it. */
async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at === 0 || at < bytes.length; at += chunkBytes) {
    if (at > 0) await turn();
    yield bytes.subarray(at, at + chunkBytes);
  }
}

async function* pagesOf(
  objects: AsyncIterable<ListedObject>,
  olderThan: Date,
  page: number,
): AsyncGenerator<string[]> {
  let hashes: string[] = [];
  for await (const { sha256, writtenAt } of objects) {
    if (writtenAt >= olderThan) continue;
    hashes.push(sha256);
    if (hashes.length < page) continue;
    yield hashes;
    hashes = [];
  }
  yield hashes;
}
