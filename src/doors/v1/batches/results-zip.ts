/**
 * The results of many jobs as one archive, made while it is sent: one file is open at a time, and none is read faster than the client
 * takes it. `jobs.json` at its end says which folder is which job, how it ended, and what could not be read.
 */
import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { JobOutput, JobView } from '../../../modules/jobs/index.js';
import { isSize } from '../../kit/index.js';

export type OpenFile = (sha256: string) => Promise<Readable>;

interface ToldJob {
  folder: string;
  id: string;
  state: string;
  error: JobView['error'];
  files: string[];
  missing: string[];
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
    const job: ToldJob = { folder: folderOf(no), id, state, error, files: [], missing: [] };
    told.push(job);
    for (const output of outputs) {
      if (archive.isGone) return;
      const path = pathOf(job.folder, output);
      ((await archive.add(path, output)) ? job.files : job.missing).push(path);
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

  /** When it has been sent. False: it is not in storage. Films and pictures do not get smaller, so nothing is compressed. */
  async add(path: string, { sha256, sizeBytes, createdAt }: JobOutput): Promise<boolean> {
    const file = isSize(sizeBytes) ? await this.open(sha256).catch(() => null) : null;
    if (!file) return false;
    const stop = (): void => void file.destroy();
    this.out.once('close', stop);
    if (this.isGone) stop();
    this.zip.addReadStream(file, path, { compress: false, size: sizeBytes, mtime: createdAt });
    await finished(file);
    this.out.off('close', stop);
    return true;
  }

  end(told: readonly ToldJob[]): void {
    this.zip.addBuffer(Buffer.from(JSON.stringify(told, null, 2)), 'jobs.json');
    this.zip.end();
  }
}

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
