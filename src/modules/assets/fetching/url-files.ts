/**
 * Files that callers give by URL: fetched once for each content, bounded in bytes and time, looked at before they are kept. A server
 * that lies about what it has leaves nothing here.
 */
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import pLimit from 'p-limit';
import { CONFIG, type Config } from '../../../platform/config/index.js';
import { Fault } from '../../../platform/fault.js';
import { type OutgoingAnswer, OutgoingClient, OutgoingError } from '../../../platform/outgoing/index.js';
import { AssetsService } from '../assets.service.js';
import type { StoredAsset } from '../domain/stored-asset.js';
import { fits, type Accepted } from '../domain/accepted.js';
import { FetchedUrls } from './fetched-urls.store.js';

const fetchesAtOnce = 16;
const etagLengthMax = 512;

@Injectable()
export class UrlFiles implements OnModuleDestroy {
  private readonly client: OutgoingClient;
  private readonly turn = pLimit(fetchesAtOnce);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(AssetsService) private readonly assets: AssetsService,
    @Inject(FetchedUrls) private readonly fetched: FetchedUrls,
  ) {
    this.client = new OutgoingClient({
      rules: { only: config.INPUT_HOSTS, onlySetting: 'INPUT_HOSTS', open: config.OUTGOING_HOSTS },
      timeoutMs: config.INPUT_TIMEOUT_MS,
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.client.close();
  }

  /** Counts for `owner`. Faults: unprocessable, with a sentence for the caller, storage_full, quota_exceeded. */
  async take(url: string, accept: Accepted, owner: string): Promise<StoredAsset> {
    try {
      return await this.turn(async () => this.fetch(url, accept, owner));
    } catch (error) {
      if (error instanceof OutgoingError)
        throw new Fault('unprocessable', `The URL was not read: ${error.message}`, undefined, {
          cause: error,
        });
      throw error;
    }
  }

  private async fetch(url: string, accept: Accepted, owner: string): Promise<StoredAsset> {
    const known = await this.fetched.find(url);
    const answer = await this.client.get(url, {
      'accept-encoding': 'identity',
      ...(known && { 'if-none-match': known.etag }),
    });
    try {
      const kept = known && answer.status === 304 ? await this.assets.renew(known.sha256, owner) : null;
      if (kept) return requireFit(kept, accept);
      // The file has gone from here since: ask without the ETag.
      const whole = answer.status === 304 && known ? await this.again(url) : answer;
      return await this.store(url, whole, { accept, owner });
    } finally {
      await answer.body.return(undefined);
    }
  }

  private async again(url: string): Promise<OutgoingAnswer> {
    return this.client.get(url, { 'accept-encoding': 'identity' });
  }

  private async store(
    url: string,
    { status, headers, body }: OutgoingAnswer,
    { accept, owner }: { accept: Accepted; owner: string },
  ) {
    try {
      if (status !== 200) throw new OutgoingError(`its server answered ${status}`);
      const maxBytes = this.config.MAX_UPLOAD_BYTES;
      if (Number(headers['content-length'] ?? 0) > maxBytes)
        throw new OutgoingError(`the file is larger than ${maxBytes} bytes`);
      const asset = await this.assets.storeUpload(body, {
        maxBytes,
        accept,
        owner,
        declaredMime: mimeOf(headers['content-type']),
      });
      const { etag } = headers;
      if (typeof etag === 'string' && etag.length <= etagLengthMax)
        await this.fetched.keep(url, { etag, sha256: asset.sha256 });
      return asset;
    } finally {
      await body.return(undefined);
    }
  }
}

function requireFit(asset: StoredAsset, accept: Accepted): StoredAsset {
  if (fits(accept, asset.mime)) return asset;
  throw new OutgoingError(`the file is of the type ${asset.mime}`);
}

const mimeOf = (contentType: string | undefined): string | undefined =>
  /^[\w.+-]{1,100}\/[\w.+-]{1,100}/.exec(contentType ?? '')?.[0].toLowerCase();
