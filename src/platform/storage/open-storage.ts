import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { FileStorage } from './file-storage.js';
import { decodePercent } from '../outside-text/index.js';
import { parseS3Url } from './s3-url.js';
import type { Storage } from './storage.js';

/** The driver that STORAGE_URL names; with `linkExpiryS` it hands out addresses, where it can. Rejects with an Error with a sentence for the operator. */
export async function openStorage(
  storageUrl: string,
  { linkExpiryS = null }: { linkExpiryS?: number | null } = {},
): Promise<Storage> {
  const scheme = storageUrl.split(':', 1)[0] ?? '';
  if (scheme === 's3') {
    const place = parseS3Url(storageUrl);
    // Loading the SDK takes time and memory that only this driver needs.
    const { S3Storage } = await import('./s3-storage.js');
    return new S3Storage(place, linkExpiryS);
  }
  if (scheme !== 'file') {
    throw new Error(
      `STORAGE_URL begins with "${scheme}:", which is not supported; supported are s3: with a bucket, and file: with a folder, as in file:///var/lib/comfymux.`,
    );
  }
  const path = storageUrl.slice('file:'.length);
  return new FileStorage(
    path.startsWith('//') ? fileURLToPath(storageUrl) : resolve(decodePercent(path) ?? path),
  );
}
