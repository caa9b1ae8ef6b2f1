import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The routes that the code of a folder names. */
export function pathsUsed(folder: string): string[] {
  const code = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'))
    .join('\n');
  const named = [...code.matchAll(/'(\/v1\/[^'\s]+)'/g)].map(([, path]) => path ?? '');
  return [...new Set(named)].toSorted();
}
