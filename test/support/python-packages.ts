/** Packages of PyPI in an environment of their own under `.data`. Made once; a folder that is not finished is made anew. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const commandTimeoutMs = 300_000;
/** Longer than all commands take: who made this has been killed. */
const abandonedMs = 1_200_000;
const whole = 'whole';

const folderOf = (name: string): string => fileURLToPath(new URL(`../../.data/${name}`, import.meta.url));

export const pythonIn = (folder: string): string => join(folder, 'venv/bin/python');

export const isMade = (name: string): boolean => existsSync(join(folderOf(name), whole));

/**
 * The folder, which has the interpreter as `venv/bin/python` and what `more` puts there; undefined where Python or PyPI are out of reach.
 * Of several test files that want the same at once, one makes it.
 */
export function pythonPackages(
  name: string,
  packages: readonly string[],
  more: (folder: string) => boolean = () => true,
): string | undefined {
  const folder = folderOf(name);
  const lock = `${folder}.lock`;
  while (!isMade(name) && !took(lock)) sleep(500);
  if (isMade(name)) return folder;
  try {
    return make(folder, packages, more) ? folder : undefined;
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** An environment knows its own path, so it is made in place; what says that it is whole comes last. */
function make(folder: string, packages: readonly string[], more: (folder: string) => boolean): boolean {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const isWhole =
    succeeds('python3', ['-m', 'venv', '--copies', join(folder, 'venv')]) &&
    succeeds(pythonIn(folder), ['-m', 'pip', 'install', '--quiet', ...packages]) &&
    more(folder);
  if (isWhole) mkdirSync(join(folder, whole));
  else rmSync(folder, { recursive: true, force: true });
  return isWhole;
}

function took(lock: string): boolean {
  mkdirSync(join(lock, '..'), { recursive: true });
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const { mtimeMs } = statSync(lock, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs !== undefined && Date.now() - mtimeMs > abandonedMs) rmSync(lock, { recursive: true });
    return false;
  }
}

/** A test file decides as it is read whether it runs at all, which waits for nothing asynchronous. */
const sleep = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

export const succeeds = (program: string, args: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: 'ignore', timeout: commandTimeoutMs }).status === 0;
