/**
 * The results of many jobs as one archive, made while it is sent: one file is open at a time, and none is read faster than the client
 * takes it. `jobs.json` at its end says which folder is which job, how it ended, what could not be read, and of which file the record tells
 * another size: what goes out is always what storage holds.
 */
import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { JobOutput, JobView } from '../../../modules/jobs/index.js';

export type OpenFile = (sha256: string) => Promise<Readable>;

interface ToldJob {
  folder: string;
  id: string;
  state: string;
  error: JobView['error'];
  files: string[];
  missing: string[];
  /** Among `files`. */
  of_another_size: string[];
}

/** `jobs` are read one after the other. */
export function resultsZip(jobs: AsyncIterable<{ no: number; view: JobView }>, open: OpenFile): Readable {
  const zip = new ZipFile();
  const out = new PassThrough();
  const fail = (error: unknown): void =>
    void out.destroy(error instanceof Error ? error : new Error(String(error)));
  zip.on('error', fail);
  zip.outputStream.on('error', fail);
  zip.outputStream.pipe(out);
  addAll(new Archive(zip, out, open), jobs).catch(fail);
  return out;
}

async function addAll(archive: Archive, jobs: AsyncIterable<{ no: number; view: JobView }>): Promise<void> {
  const told: ToldJob[] = [];
  for await (const { no, view } of jobs) {
    const { id, state, error, outputs } = view;
    const folder = folderOf(no);
    const job: ToldJob = { folder, id, state, error, files: [], missing: [], of_another_size: [] };
    told.push(job);
    for (const output of outputs) {
      if (archive.isGone) return;
      const path = pathOf(folder, output);
      const addedBytes = await archive.add(path, output);
      (addedBytes === null ? job.missing : job.files).push(path);
      if (addedBytes !== null && addedBytes !== output.sizeBytes) job.of_another_size.push(path);
    }
  }
  archive.end(told);
}

class Archive {
  constructor(
    private readonly zip: ZipFile,
    private readonly out: PassThrough,
    private readonly open: OpenFile,
  ) {}

  /** Nobody takes it any more. */
  get isGone(): boolean {
    return this.out.destroyed;
  }

  /**
   * Its bytes, when they have been sent; null: it is not in storage. Films and pictures do not get smaller, so nothing is compressed.
   * The archive tells the size behind the file: one that was promised before it could be wrong, and the archive would break off.
   */
  async add(path: string, { sha256, createdAt }: JobOutput): Promise<number | null> {
    const file = await this.open(sha256).catch(() => null);
    if (!file) return null;
    let bytes = 0;
    file.on('data', (chunk: Buffer) => (bytes += chunk.length));
    // Until the archive takes it.
    file.pause();
    const stop = (): void => void file.destroy();
    this.out.once('close', stop);
    if (this.isGone) stop();
    this.zip.addReadStream(file, path, { compress: false, mtime: tellable(createdAt) });
    await finished(file);
    this.out.off('close', stop);
    return bytes;
  }

  end(told: readonly ToldJob[]): void {
    this.zip.addBuffer(Buffer.from(JSON.stringify(told, null, 2)), 'jobs.json');
    this.zip.end();
  }
}

const firstMs = Date.UTC(1980, 0, 2);
const lastMs = Date.UTC(2107, 11, 30);

/** A row may tell a time that the format has no numbers for; writing it would throw where nobody catches it. */
const tellable = (at: Date): Date => new Date(Math.min(lastMs, Math.max(firstMs, at.getTime())));

const folderOf = (no: number): string => String(no + 1).padStart(3, '0');

/** No name leads out of the folder that it is unpacked into, and no two are one. */
function pathOf(folder: string, { filename, nodeId, index }: JobOutput): string {
  const node = nodeId.replaceAll(/[^\w-]/g, '_').slice(0, 40);
  const plain = filename
    .replaceAll(/[^\p{L}\p{N}._ -]/gu, '_')
    .replace(/^\.+/, '_')
    .slice(-150);
  return `${folder}/${node}-${index}-${plain || 'file'}`;
}
