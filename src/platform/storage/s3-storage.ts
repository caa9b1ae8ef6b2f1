/**
 * Objects in a bucket: `<prefix>sha256/ab/cd/<64 hex digits>`, and the mark of their site as `<prefix>site`, in AWS S3 or a server that speaks its protocol.
 *
 * The hash, which is the name, is known when the source has ended. A source that fits into one part is held and written
 * under its name at once. A longer one goes, part by part, to `<prefix>unfinished/`, and is copied to its name by the
 * store itself: S3 shows an object whole or not at all, so the name appears only with all its bytes.
 */
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Fault } from '../fault.js';
import { abortUploadsUnder, copyInParts, objectsUnder } from './s3-requests.js';
import type { S3Place } from './s3-url.js';
import {
  isSha256,
  type LinkOptions,
  type ListedObject,
  type PutOptions,
  type Sha256,
  StorageDriver,
  type StoredObject,
} from './storage.js';

const partBytes = 8 * 1024 * 1024;
/** Parts of one put on their way at once; with the one being filled, this bounds its memory. */
const partsInFlight = 2;
/** The store copies no more than this in one request. */
const largestCopyBytes = 5 * 1024 ** 3;
const connectTimeoutMs = 5_000;
/** To the head of the answer; a copy of gigabytes takes a while. */
const answerTimeoutMs = 120_000;
/** Of a connection on which nothing moves. */
const stallTimeoutMs = 300_000;

export class S3Storage extends StorageDriver {
  private readonly client: S3Client;

  /** Region, endpoint and credentials come from the usual AWS variables. */
  constructor(
    private readonly place: S3Place,
    private readonly linkExpiryS: number | null = null,
  ) {
    super();
    this.client = new S3Client({
      forcePathStyle: place.pathStyle,
      requestHandler: {
        connectionTimeout: connectTimeoutMs,
        requestTimeout: answerTimeoutMs,
        throwOnRequestTimeout: true,
        socketTimeout: stallTimeoutMs,
        httpAgent: { maxSockets: 256 },
        httpsAgent: { maxSockets: 256 },
      },
    });
  }

  override async put(source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredObject> {
    const counted = new CountedSource(source, options);
    const chunks = counted[Symbol.asyncIterator]();
    const head = await firstPart(chunks);
    if (head.ended) return this.putWhole(head.bytes, counted.stored());
    return this.putInParts(resumed(head.bytes, chunks), counted);
  }

  override async get(sha256: Sha256, range?: { start: number; end: number }): Promise<Readable> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ ...this.object(sha256), Range }));
      if (!(Body instanceof Readable)) throw new Error('the store answered without a body');
      return Body;
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new Fault('not_found', 'The file is not there any more.', undefined, { cause: error });
    }
  }

  /** Signed here, without asking the store. */
  override async link(
    sha256: Sha256,
    { contentType, disposition }: LinkOptions,
  ): Promise<string | undefined> {
    if (this.linkExpiryS === null) return undefined;
    const command = new GetObjectCommand({
      ...this.object(sha256),
      ResponseContentType: contentType,
      ResponseContentDisposition: disposition,
    });
    return getSignedUrl(this.client, command, { expiresIn: this.linkExpiryS });
  }

  override async stat(sha256: Sha256): Promise<ListedObject | undefined> {
    try {
      const { ContentLength = 0, LastModified = new Date(0) } = await this.client.send(
        new HeadObjectCommand(this.object(sha256)),
      );
      return { sha256, sizeBytes: ContentLength, writtenAt: LastModified };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  protected override async remove(sha256: Sha256): Promise<void> {
    await this.client.send(new DeleteObjectCommand(this.object(sha256)));
  }

  override async room(): Promise<undefined> {
    return undefined;
  }

  override async readMark(): Promise<string | undefined> {
    try {
      const { Body } = await this.client.send(new GetObjectCommand(this.mark));
      return (await Body?.transformToString())?.trim();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  override async writeMark(siteId: string): Promise<void> {
    await this.client.send(new PutObjectCommand({ ...this.mark, Body: `${siteId}\n` }));
  }

  override async *list(): AsyncIterable<ListedObject> {
    for await (const { key, sizeBytes, writtenAt } of objectsUnder(
      this.client,
      this.place.bucket,
      `${this.place.prefix}sha256/`,
    )) {
      const sha256 = key.slice(key.lastIndexOf('/') + 1);
      if (isSha256(sha256)) yield { sha256, sizeBytes, writtenAt };
    }
  }

  override async removeUnfinished(olderThan: Date): Promise<number> {
    let removed = await abortUploadsUnder(this.client, this.place.bucket, this.unfinished, olderThan);
    for await (const { key, writtenAt } of objectsUnder(this.client, this.place.bucket, this.unfinished)) {
      if (writtenAt > olderThan) continue;
      await this.client.send(new DeleteObjectCommand({ Bucket: this.place.bucket, Key: key }));
      removed += 1;
    }
    return removed;
  }

  private async putWhole(bytes: Uint8Array, stored: StoredObject): Promise<StoredObject> {
    await this.client.send(new PutObjectCommand({ ...this.object(stored.sha256), Body: bytes }));
    return stored;
  }

  private async putInParts(source: AsyncIterable<Uint8Array>, counted: CountedSource): Promise<StoredObject> {
    const temporary = { Bucket: this.place.bucket, Key: `${this.unfinished}${randomUUID()}` };
    const upload = new Upload({
      client: this.client,
      params: { ...temporary, Body: Readable.from(source, { objectMode: false }) },
      partSize: partBytes,
      queueSize: partsInFlight,
    });
    try {
      await upload.done();
      const stored = counted.stored();
      await this.copy(temporary.Key, stored);
      return stored;
    } finally {
      // One that stays is removed with the unfinished ones, so the answer does not depend on it.
      await this.client.send(new DeleteObjectCommand(temporary)).catch(() => undefined);
    }
  }

  private async copy(from: string, { sha256, sizeBytes }: StoredObject): Promise<void> {
    const target = {
      ...this.object(sha256),
      CopySource: `${this.place.bucket}/${from}`.split('/').map(encodeURIComponent).join('/'),
    };
    if (sizeBytes <= largestCopyBytes) await this.client.send(new CopyObjectCommand(target));
    else await copyInParts(this.client, target, sizeBytes);
  }

  private get mark(): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: `${this.place.prefix}site` };
  }

  private get unfinished(): string {
    return `${this.place.prefix}unfinished/`;
  }

  private object(sha256: Sha256): { Bucket: string; Key: string } {
    // The name may come from a request; only a hash can become a key.
    if (!isSha256(sha256)) throw new Fault('not_found', 'No such file.');
    const { bucket, prefix } = this.place;
    return { Bucket: bucket, Key: `${prefix}sha256/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}` };
  }
}

/** Hashes and measures what passes, and ends it when it is too much or given up. */
class CountedSource implements AsyncIterable<Uint8Array> {
  private readonly hash = createHash('sha256');
  private sizeBytes = 0;

  constructor(
    private readonly source: AsyncIterable<Uint8Array>,
    private readonly options: PutOptions,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    const { maxBytes, signal } = this.options;
    for await (const chunk of this.source) {
      signal?.throwIfAborted();
      this.sizeBytes += chunk.byteLength;
      if (this.sizeBytes > maxBytes)
        throw new Fault('payload_too_large', `The file is larger than ${maxBytes} bytes.`);
      this.hash.update(chunk);
      yield chunk;
    }
    signal?.throwIfAborted();
  }

  /** Once, after the end. */
  stored(): StoredObject {
    return { sha256: this.hash.digest('hex'), sizeBytes: this.sizeBytes };
  }
}

async function firstPart(chunks: AsyncIterator<Uint8Array>): Promise<{ bytes: Uint8Array; ended: boolean }> {
  const held: Uint8Array[] = [];
  let sizeBytes = 0;
  while (sizeBytes <= partBytes) {
    const next = await chunks.next();
    if (next.done) return { bytes: Buffer.concat(held), ended: true };
    held.push(next.value);
    sizeBytes += next.value.byteLength;
  }
  return { bytes: Buffer.concat(held), ended: false };
}

async function* resumed(
  head: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield head;
    yield* rest;
  } finally {
    // Also when the upload fails before it came to the rest, the source must be told.
    await rest.return();
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof S3ServiceException &&
    error.$metadata.httpStatusCode === 404 &&
    error.name !== 'NoSuchBucket'
  );
}
