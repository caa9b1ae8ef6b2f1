/** Objects in the buckets of callers, by the S3 SDK. */
import { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';

const connectTimeoutMs = 5_000;

export interface BucketPlace {
  Bucket: string;
  Key: string;
}

export class BucketStore {
  private readonly client: S3Client;

  constructor(
    forcePathStyle: boolean,
    private readonly timeoutMs: number,
  ) {
    const requestHandler = { connectionTimeout: connectTimeoutMs, socketTimeout: timeoutMs };
    this.client = new S3Client({ forcePathStyle, requestHandler });
  }

  close(): void {
    this.client.destroy();
  }

  /** Rejects with what the store says, or when it does not answer in time. */
  async open(place: BucketPlace): Promise<Readable> {
    const abortSignal = AbortSignal.timeout(this.timeoutMs);
    const { Body } = await this.client.send(new GetObjectCommand(place), { abortSignal });
    if (Body instanceof Readable) return Body;
    throw new Error('the store answered without a body');
  }

  /** Written whole or not at all. */
  async put(
    place: BucketPlace,
    content: Readable | Uint8Array,
    { mime, signal }: { mime: string; signal: AbortSignal },
  ): Promise<void> {
    const params = { ...place, Body: content, ContentType: mime };
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
}
