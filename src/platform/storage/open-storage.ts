import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { FileStorage } from './file-storage.js';
import type { Storage } from './storage.js';

/** The driver that STORAGE_URL names. Throws an Error with a sentence for the operator. */
export function openStorage(storageUrl: string): Storage {
  if (!storageUrl.startsWith('file:')) {
    const scheme = storageUrl.split(':', 1)[0] ?? '';
    throw new Error(
      `STORAGE_URL begins with "${scheme}:", which is not supported; supported is file: with a folder, as in file:///var/lib/comfymux.`,
    );
  }
  const path = storageUrl.slice('file:'.length);
  return new FileStorage(
    path.startsWith('//') ? fileURLToPath(storageUrl) : resolve(decodeURIComponent(path)),
  );
}
