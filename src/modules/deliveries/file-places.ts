/** Brings bytes to a place that a caller chose: a bucket that is open to callers, or an address that takes a PUT. */
import type { Readable } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG, type Config } from '../../platform/config/index.js';
import { OutgoingClient } from '../../platform/outgoing/index.js';
import { Buckets } from '../../platform/storage/index.js';
import type { DeliverWish } from '../jobs/index.js';

export interface FileToBring {
  /** Below the prefix of a bucket. */
  name: string;
  ordinal: number;
  body: Readable | Uint8Array;
  sizeBytes: number;
  mime: string;
}

@Injectable()
export class FilePlaces implements OnModuleDestroy {
  private readonly client: OutgoingClient;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(Buckets) private readonly buckets: Buckets,
  ) {
    this.client = new OutgoingClient({
      rules: { only: config.DELIVER_HOSTS, onlySetting: 'DELIVER_HOSTS', open: config.OUTGOING_HOSTS },
      timeoutMs: config.DELIVER_TIMEOUT_MS,
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.client.close();
  }

  /** The status of the answer, null of a bucket that took it. Throws what went wrong. */
  async bring({ to, https_put: urls }: DeliverWish, file: FileToBring): Promise<number | null> {
    if (to !== undefined) {
      const signal = AbortSignal.timeout(this.config.DELIVER_TIMEOUT_MS);
      await this.buckets.put(`${to.replace(/\/$/, '')}/${file.name}`, file.body, { mime: file.mime, signal });
      return null;
    }
    const url = urls?.[file.ordinal];
    return url === undefined ? null : this.client.put(url, file);
  }
}
