/** Which file a URL gave last, and under which ETag. A URL may be a secret: only its hash is kept. */
import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Pool } from 'pg';

export interface FetchedUrl {
  etag: string;
  sha256: string;
}

@Injectable()
export class FetchedUrls {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  async find(url: string): Promise<FetchedUrl | undefined> {
    const { rows } = await this.pool.query<FetchedUrl>(
      'SELECT etag, sha256 FROM fetched_url WHERE url_hash = $1',
      [hashOf(url)],
    );
    return rows[0];
  }

  async keep(url: string, { etag, sha256 }: FetchedUrl): Promise<void> {
    await this.pool.query(
      `INSERT INTO fetched_url (url_hash, etag, sha256) VALUES ($1, $2, $3)
       ON CONFLICT (url_hash) DO UPDATE SET etag = excluded.etag, sha256 = excluded.sha256, fetched_at = now()`,
      [hashOf(url), etag, sha256],
    );
  }
}

const hashOf = (url: string): string => createHash('sha256').update(url).digest('hex');
