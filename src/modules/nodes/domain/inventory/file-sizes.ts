import { isRecord } from '../../../workflows/domain/index.js';

const filesMax = 10_000;

/** Bytes by name, with `/`, out of a node's listing of a model folder; whatever is no file with a size is left out. */
export function fileSizesIn(listing: readonly unknown[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const file of listing.slice(0, filesMax)) {
    if (!isRecord(file)) continue;
    const { name, size } = file;
    const bytes = Number(size);
    if (typeof name === 'string' && Number.isFinite(bytes) && bytes > 0)
      sizes.set(name.replaceAll('\\', '/'), bytes);
  }
  return sizes;
}
