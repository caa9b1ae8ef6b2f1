/** The source as the compiler reads it: what the tests of the house's rules measure. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const sourceDir = fileURLToPath(new URL('../../src/', import.meta.url));
const generated = 'platform/database/generated';

/** Paths below `src/`, with `/`, of every file that people wrote. */
export function sourceFiles(): string[] {
  return readdirSync(sourceDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(sourceDir.length))
    .filter((path) => !path.startsWith(generated))
    .toSorted();
}

export const isProductCode = (path: string): boolean =>
  path.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(path);

export function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(join(sourceDir, path), 'utf8'), ts.ScriptTarget.ES2023, true);
}

/** Every node of the tree below `node`, itself included. */
export function* descendants(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* descendants(child);
}

/** How many files lie in each folder, not counting those of its subfolders. */
export function filesByFolder(paths: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  return counts;
}
