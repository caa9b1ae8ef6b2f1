import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export type FolderKind = 'input' | 'output' | 'temp';

export const isFolderKind = (kind: string): kind is FolderKind =>
  kind === 'input' || kind === 'output' || kind === 'temp';

/** Temporary roots still there; removed also when the process ends without stopping its nodes. */
const temporaryRoots = new Set<string>();

process.once('exit', () => {
  for (const root of temporaryRoots) rmSync(root, { recursive: true, force: true });
});

/** The server's `input`, `output` and `temp`. Outputs and inputs outlive restarts; `temp` is wiped at each start. */
export class Folders {
  readonly root: string;

  constructor(dataDir: string | undefined) {
    this.root =
      dataDir === undefined ? mkdtempSync(path.join(tmpdir(), 'comfymux-sim-')) : path.resolve(dataDir);
    if (dataDir === undefined) temporaryRoots.add(this.root);
    for (const kind of ['input', 'output', 'temp'] as const) mkdirSync(this.of(kind), { recursive: true });
  }

  of(kind: FolderKind): string {
    return path.join(this.root, kind);
  }

  wipeTemp(): void {
    rmSync(this.of('temp'), { recursive: true, force: true });
    mkdirSync(this.of('temp'), { recursive: true });
  }

  /** A file of this kind that exists, or undefined; never one outside the folder. */
  find(kind: FolderKind, name: string): string | undefined {
    const base = this.of(kind);
    const file = path.resolve(base, name.replaceAll('\\', '/'));
    return isInside(base, file) && statSync(file, { throwIfNoEntry: false })?.isFile() === true
      ? file
      : undefined;
  }

  /** Resolves a node's file value: `name`, `subfolder/name`, or with a ` [output]` suffix. */
  findAnnotated(value: string): string | undefined {
    const { name, kind } = splitAnnotation(value);
    return this.find(kind ?? 'input', name);
  }

  /** Top-level files of `input`, sorted: what upload combos list. */
  inputFiles(): string[] {
    const entries = readdirSync(this.of('input'), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .toSorted();
  }

  remove(): void {
    if (!temporaryRoots.delete(this.root)) return;
    rmSync(this.root, { recursive: true, force: true });
  }
}

export const isInside = (base: string, file: string): boolean =>
  file === base || file.startsWith(base + path.sep);

/** `a.png [temp]` → the name and the folder it overrides. */
export function splitAnnotation(value: string): { name: string; kind?: FolderKind } {
  const match = /^(.*) \[(input|output|temp)\]$/s.exec(value);
  return match === null ? { name: value } : { name: match[1] ?? '', kind: match[2] as FolderKind };
}
