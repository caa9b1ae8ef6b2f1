import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../src/programs/cli/', import.meta.url));

/** The routes that the command line's code names. */
export function pathsUsed(): string[] {
  const code = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('routes.ts'))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
  const named = [...code.matchAll(/'(\/v1\/[^'\s]+)'/g)].map(([, path]) => path ?? '');
  return [...new Set(named)].toSorted();
}
