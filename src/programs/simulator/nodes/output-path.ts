import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { FolderKind } from '../state/folders.js';
import { isInside } from '../state/folders.js';
import { NodeFailure, type NodeRun } from './node-run.js';

/** Where a node writes next. Counters come from a scan of the folder, so equal prefixes count on. */
export interface OutputPath {
  readonly folder: string;
  readonly subfolder: string;
  readonly prefix: string;
  readonly counter: string;
  readonly kind: FolderKind;
}

/** `pattern` finds the counter in a file name that starts with the prefix. Throws `NodeFailure` for a prefix that leaves the folder. */
export function nextOutput(
  run: NodeRun,
  kind: FolderKind,
  prefix: string,
  pattern: RegExp,
  size: { width: number; height: number },
): OutputPath {
  const base = run.folders.of(kind);
  const target = path.resolve(base, expandTokens(prefix, size).replaceAll('\\', '/'));
  const folder = path.dirname(target);
  if (!isInside(base, folder)) throw new NodeFailure('Exception', outsideMessage(folder, base));
  mkdirSync(folder, { recursive: true });
  const name = path.basename(target);
  const counters = readdirSync(folder).flatMap((file) =>
    file.startsWith(`${name}_`) ? counterOf(file.slice(name.length), pattern) : [],
  );
  const counter = String(Math.max(0, ...counters) + 1).padStart(5, '0');
  return {
    folder,
    subfolder: path
      .relative(base, folder)
      .split(path.sep)
      .join(run.windows ? '\\' : '/'),
    prefix: name,
    counter,
    kind,
  };
}

function counterOf(rest: string, pattern: RegExp): number[] {
  const match = pattern.exec(rest);
  return match === null ? [] : [Number(match[1])];
}

const outsideMessage = (folder: string, base: string): string =>
  `**** ERROR: Saving image outside the output folder is not allowed.\n full_output_folder: ${folder}\n         output_dir: ${base}\n         commonpath: ${path.dirname(base)}`;

const two = (value: number): string => String(value).padStart(2, '0');

function expandTokens(prefix: string, size: { width: number; height: number }): string {
  const now = new Date();
  const values: Record<string, string> = {
    width: String(size.width),
    height: String(size.height),
    year: String(now.getFullYear()),
    month: two(now.getMonth() + 1),
    day: two(now.getDate()),
    hour: two(now.getHours()),
    minute: two(now.getMinutes()),
    second: two(now.getSeconds()),
    batch_num: '0',
  };
  return prefix.replaceAll(/%(\w+)%/g, (token, name: string) => values[name] ?? token);
}

/** The server's own absolute spelling of an output, as VHS reports it in `fullpath`. */
export function serverPath(run: NodeRun, output: OutputPath, file: string): string {
  const parts = [output.kind, output.subfolder, file].filter((part) => part !== '');
  return run.windows ? `C:\\comfyui\\${parts.join('\\')}` : `/comfyui/${parts.join('/')}`;
}
