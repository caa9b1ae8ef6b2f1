/** Brings the results of a job here. Their names come from nodes: no name leads out of the folder, and no file is overwritten. */
import { createWriteStream, mkdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { JobDetail } from '../api/shapes.js';
import type { Context } from '../context.js';
import { Failure } from '../failure.js';
import { safe } from '../terminal/safe-text.js';

const nameLengthMax = 120;

/** The paths of the files. */
export async function fetchResults(context: Context, job: JobDetail, directory: string): Promise<string[]> {
  mkdirSync(directory, { recursive: true });
  const paths: string[] = [];
  for (const { filename, url } of job.outputs) {
    const response = await context.api.open(pathOf(url), {}, context.signal);
    paths.push(await saveAs(response, directory, nameOf(filename)));
  }
  return paths;
}

/** On the server that was asked, wherever the answer points. */
function pathOf(url: string): string {
  if (!URL.canParse(url)) throw new Failure('unreachable', `the server names a result "${safe(url)}"`);
  const { pathname, search } = new URL(url);
  // With the dot a path that looks like an address is none.
  return `./${pathname.replace(/^\/+/, '')}${search}`;
}

/** Pure. */
export function nameOf(filename: unknown): string {
  const base = basename(String(filename).replaceAll('\\', '/'));
  const plain = base.replaceAll(/[^\p{L}\p{N} ._()+-]/gu, '_').replace(/^[. ]+/, '');
  return plain.slice(-nameLengthMax) || 'result';
}

/** Under this name, or one like it that is free. Answers the path. */
export async function saveAs(response: Response, directory: string, name: string): Promise<string> {
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  for (let no = 1; ; no += 1) {
    const path = join(directory, no === 1 ? name : `${stem} (${no})${extension}`);
    const file = createWriteStream(path, { flags: 'wx' });
    try {
      await new Promise<void>((resolve, reject) => file.once('open', () => resolve()).once('error', reject));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new Failure(
        'failed',
        `${path} cannot be written: ${(error as Error).message}`,
        'name another folder with --out',
      );
    }
    await pipeline(Readable.fromWeb(response.body as never), file);
    return path;
  }
}
