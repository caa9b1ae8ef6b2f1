/** The source files of the product and its programs as syntax trees, for rules that no linter has. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface Found {
  file: string;
  text: string;
}

/** Every node of the sources for which `pick` has a text; a file's path begins with `src/`. */
export function findInSources(pick: (node: ts.Node) => string | undefined): Found[] {
  return sourceFiles().flatMap((file) => {
    const found: Found[] = [];
    const visit = (node: ts.Node): void => {
      const text = pick(node);
      if (text !== undefined) found.push({ file, text });
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
    return found;
  });
}

function sourceFiles(): string[] {
  return readdirSync('src', { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(entry.name),
    )
    .map(({ parentPath, name }) => join(parentPath, name).replaceAll('\\', '/'))
    .filter((file) => !file.includes('/generated/') && !file.includes('/testing/'));
}
