/**
 * Objects as files: `<root>/sha256/ab/cd/<64 hex digits>`, and the mark of their site in `<root>/site`.
 *
 * A put writes to `<root>/unfinished/`, syncs the file, renames it into place and syncs the folder, so that the name
 * appears only with all its bytes. Several processes may share one root. The bytes of small files are gathered and written at once.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { Fault } from '../fault.js';
import {
  isSha256,
  type ListedObject,
  type PutOptions,
  type Sha256,
  StorageDriver,
  type StoredObject,
} from './storage.js';

const gatheredBytesMax = 64 * 1024;

export class FileStorage extends StorageDriver {
  /** Folders whose own names are known to outlast a crash. */
  private readonly lasting = new Set<string>();

  /** `root` is an absolute folder; it is made when the first object comes. */
  constructor(private readonly root: string) {
    super();
  }

  override async put(source: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredObject> {
    const temporary = join(this.unfinished, randomUUID());
    try {
      const stored = await writeHashed(temporary, source, options);
      await this.moveDurably(temporary, this.pathOf(stored.sha256));
      return stored;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  override async get(sha256: Sha256, range?: { start: number; end: number }): Promise<Readable> {
    const file = await open(this.pathOf(sha256), 'r').catch((error: unknown) => {
      throw isMissing(error)
        ? new Fault('not_found', 'The file is not there any more.', undefined, { cause: error })
        : error;
    });
    return createReadStream('', { fd: file, ...range });
  }

  override async link(): Promise<undefined> {
    return undefined;
  }

  override async stat(sha256: Sha256): Promise<ListedObject | undefined> {
    try {
      const { size, mtime } = await stat(this.pathOf(sha256));
      return { sha256, sizeBytes: size, writtenAt: mtime };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  protected override async remove(sha256: Sha256): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
  }

  override async room(): Promise<{ freeBytes: number; sizeBytes: number }> {
    await mkdir(this.root, { recursive: true });
    const { bavail, blocks, bsize } = await statfs(this.root);
    return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
  }

  override async readMark(): Promise<string | undefined> {
    try {
      return (await readFile(this.mark, 'utf8')).trim();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  override async writeMark(siteId: string): Promise<void> {
    const temporary = join(this.unfinished, randomUUID());
    await mkdir(this.unfinished, { recursive: true });
    await writeFile(temporary, `${siteId}\n`, { flush: true });
    await rename(temporary, this.mark);
    await syncFolder(this.root);
  }

  override async *list(): AsyncIterable<ListedObject> {
    const top = join(this.root, 'sha256');
    for (const first of await namesIn(top)) {
      for (const second of await namesIn(join(top, first))) {
        for (const sha256 of await namesIn(join(top, first, second))) {
          const object = isSha256(sha256) ? await this.stat(sha256) : undefined;
          if (object) yield object;
        }
      }
    }
  }

  override async removeUnfinished(olderThan: Date): Promise<number> {
    let removed = 0;
    for (const name of await namesIn(this.unfinished)) {
      const path = join(this.unfinished, name);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined || found.mtime > olderThan) continue;
      await rm(path, { force: true });
      removed += 1;
    }
    return removed;
  }

  /** The folder of a file is synced each time, those above it until they are known to hold its name. */
  private async moveDurably(from: string, to: string): Promise<void> {
    const folder = dirname(to);
    // Not known: hardly ever there.
    if (!this.lasting.has(folder)) await mkdir(folder, { recursive: true });
    await withFolder(folder, async () => rename(from, to));
    await syncFolder(folder);
    for (
      let path = folder;
      path !== join(this.root, 'sha256') && !this.lasting.has(path);
      path = dirname(path)
    ) {
      await syncFolder(dirname(path));
      this.lasting.add(path);
    }
  }

  private get mark(): string {
    return join(this.root, 'site');
  }

  private get unfinished(): string {
    return join(this.root, 'unfinished');
  }

  private pathOf(sha256: Sha256): string {
    // The name may come from a request; only a hash can become a path.
    if (!isSha256(sha256)) throw new Fault('not_found', 'No such file.');
    return join(this.root, 'sha256', sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  }
}

async function writeHashed(
  path: string,
  source: AsyncIterable<Uint8Array>,
  { maxBytes, signal }: PutOptions,
): Promise<StoredObject> {
  const hash = createHash('sha256');
  const file = new GatheringFile(path);
  let sizeBytes = 0;
  try {
    for await (const chunk of source) {
      signal?.throwIfAborted();
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBytes)
        throw new Fault('payload_too_large', `The file is larger than ${maxBytes} bytes.`);
      hash.update(chunk);
      await file.add(chunk);
    }
    signal?.throwIfAborted();
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

/** Writes what it is given in pieces of some size, so that a small file is opened, written and synced once and nothing else. */
class GatheringFile {
  private file: FileHandle | undefined;
  private gathered: Uint8Array[] = [];
  private gatheredBytes = 0;

  constructor(private readonly path: string) {}

  async add(chunk: Uint8Array): Promise<void> {
    this.gathered.push(chunk);
    this.gatheredBytes += chunk.byteLength;
    if (this.gatheredBytes >= gatheredBytesMax) await this.write();
  }

  async sync(): Promise<void> {
    await this.write();
    await this.file?.sync();
  }

  async close(): Promise<void> {
    await this.file?.close();
  }

  private async write(): Promise<void> {
    this.file ??= await withFolder(dirname(this.path), async () => open(this.path, 'wx'));
    const bytes = this.gathered.length === 1 ? this.gathered[0]! : Buffer.concat(this.gathered);
    this.gathered = [];
    this.gatheredBytes = 0;
    await writeWhole(this.file, bytes);
  }
}

async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.byteLength) {
    const { bytesWritten } = await file.write(chunk, written);
    written += bytesWritten;
  }
}

/** Makes the folder only when it turns out not to be there, which is rare. */
async function withFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMissing(error)) throw error;
    await mkdir(folder, { recursive: true });
    return work();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
