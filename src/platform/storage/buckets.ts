/** Buckets that an operator opened to callers: they name files in them as inputs, and places for results. */
import { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Fault } from '../fault.js';
import { readBucketAddress } from './bucket-address.js';

const connectTimeoutMs = 5_000;

@Injectable()
export class Buckets implements OnModuleDestroy {
  private opened: S3Client | undefined;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  onModuleDestroy(): void {
    this.opened?.destroy();
  }

  /** Fault unprocessable: a bucket that is not open, no such object, a store that does not answer in time. */
  async open(address: string): Promise<Readable> {
    const place = this.placeOf(address);
    try {
      const { Body } = await this.client.send(new GetObjectCommand(place), {
        abortSignal: AbortSignal.timeout(this.config.INPUT_TIMEOUT_MS),
      });
      if (Body instanceof Readable) return Body;
      throw new Error('the store answered without a body');
    } catch (cause) {
      throw new Fault('unprocessable', `${address}: the store does not give it`, undefined, { cause });
    }
  }

  /** Written whole or not at all. */
  async put(
    address: string,
    content: Readable | Uint8Array,
    { mime, signal }: { mime: string; signal: AbortSignal },
  ): Promise<void> {
    const params = { ...this.placeOf(address), Body: content, ContentType: mime };
    const upload = new Upload({ client: this.client, params });
    const stop = (): void => void upload.abort();
    signal.addEventListener('abort', stop, { once: true });
    try {
      signal.throwIfAborted();
      await upload.done();
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Fault unprocessable when callers may not name this place. */
  placeOf(address: string): { Bucket: string; Key: string } {
    const read = readBucketAddress(address, this.config.BUCKETS);
    if ('reason' in read) throw new Fault('unprocessable', `${address}: ${read.reason}`);
    return { Bucket: read.bucket, Key: read.key };
  }

  private get client(): S3Client {
    this.opened ??= new S3Client({
      forcePathStyle: this.config.BUCKETS_PATH_STYLE,
      requestHandler: { connectionTimeout: connectTimeoutMs, socketTimeout: this.config.INPUT_TIMEOUT_MS },
    });
    return this.opened;
  }
}
