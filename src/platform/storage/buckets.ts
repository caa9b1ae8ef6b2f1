/** Buckets that an operator opened to callers: they name files in them as inputs, and places for results. */
import type { Readable } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { Fault } from '../fault.js';
import { readBucketAddress } from './bucket-address.js';
import type { BucketPlace, BucketStore } from './bucket-store.js';

@Injectable()
export class Buckets implements OnModuleDestroy {
  private opened: Promise<BucketStore> | undefined;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  async onModuleDestroy(): Promise<void> {
    (await this.opened)?.close();
  }

  /** Fault unprocessable: a bucket that is not open, no such object, a store that does not answer in time. */
  async open(address: string): Promise<Readable> {
    const place = this.placeOf(address);
    const store = await this.store();
    try {
      return await store.open(place);
    } catch (cause) {
      throw new Fault('unprocessable', `${address}: the store does not give it`, undefined, { cause });
    }
  }

  /** Written whole or not at all. */
  async put(
    address: string,
    content: Readable | Uint8Array,
    options: { mime: string; signal: AbortSignal },
  ): Promise<void> {
    const place = this.placeOf(address);
    const store = await this.store();
    await store.put(place, content, options);
  }

  /** Fault unprocessable when callers may not name this place. */
  placeOf(address: string): BucketPlace {
    const read = readBucketAddress(address, this.config.BUCKETS);
    if ('reason' in read) throw new Fault('unprocessable', `${address}: ${read.reason}`);
    return { Bucket: read.bucket, Key: read.key };
  }

  private store(): Promise<BucketStore> {
    this.opened ??= openStore(this.config);
    return this.opened;
  }
}

/** Loading the SDK takes time and memory that only callers with buckets need. */
async function openStore({ BUCKETS_PATH_STYLE, INPUT_TIMEOUT_MS }: Config): Promise<BucketStore> {
  const { BucketStore: Store } = await import('./bucket-store.js');
  return new Store(BUCKETS_PATH_STYLE, INPUT_TIMEOUT_MS);
}
