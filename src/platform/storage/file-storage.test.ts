import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileStorage } from './file-storage.js';
import { openStorage } from './open-storage.js';
import { testStorage } from '../../../test/support/storage-contract.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'storage-'));
});
afterEach(() => rm(root, { recursive: true }));

testStorage(() =>
  Promise.resolve({
    storage: new FileStorage(root),
    leaveHalfWritten: async () => {
      await mkdir(join(root, 'unfinished'), { recursive: true });
      await writeFile(join(root, 'unfinished', 'left'), 'half');
    },
  }),
);

test('STORAGE_URL names a folder; another scheme is refused by name', async () => {
  for (const url of [pathToFileURL(root).href, `file:${root}`]) {
    const { sha256 } = await (await openStorage(url)).put(bytes('y'), { maxBytes: 10 });
    expect(await readdir(join(root, 'sha256', sha256.slice(0, 2), sha256.slice(2, 4)))).toEqual([sha256]);
  }
  await expect(openStorage('ftp://host/folder')).rejects.toThrow(
    /"ftp:", which is not supported; supported are s3: .*file:/,
  );
});

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
