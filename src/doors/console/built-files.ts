/** The console as it was built, in memory: a few megabytes, so that no request waits for a disk. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

export interface BuiltFile {
  contentType: string;
  /** Strong, with its quotes; of the content as it is before any encoding. */
  etag: string;
  /** Its name changes with its content. */
  immutable: boolean;
  plain: Buffer;
  /** Its compressed twins, by the name of the encoding. */
  encoded: Partial<Record<Encoding, Buffer>>;
}

export type Encoding = 'br' | 'gzip';
/** By the path below the folder, with slashes. */
export type BuiltFiles = ReadonlyMap<string, BuiltFile>;

const suffixes = { '.br': 'br', '.gz': 'gzip' } as const;
const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

/** Empty where nothing was built. */
export function readBuiltFiles(dir: string): BuiltFiles {
  if (!existsSync(dir)) return new Map();
  const names = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(dir, '/').length));
  return new Map(
    names
      .filter((name) => !(extname(name) in suffixes))
      .map((name) => [name.replaceAll('\\', '/'), readBuiltFile(dir, name, names)]),
  );
}

function readBuiltFile(dir: string, name: string, names: readonly string[]): BuiltFile {
  const plain = readFileSync(join(dir, name));
  const twins = Object.entries(suffixes).filter(([suffix]) => names.includes(name + suffix));
  return {
    contentType: contentTypes[extname(name)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    immutable: /^assets[\\/]/.test(name),
    plain,
    encoded: Object.fromEntries(
      twins.map(([suffix, encoding]) => [encoding, readFileSync(join(dir, name + suffix))]),
    ),
  };
}

const preferred: readonly Encoding[] = ['br', 'gzip'];

/** The best of what the client takes; null for the content as it is. An encoding with `q=0` is not taken. */
export function encodingFor({ encoded }: BuiltFile, acceptEncoding: string | undefined): Encoding | null {
  const taken = new Set(
    (acceptEncoding ?? '').split(',').flatMap((part) => {
      const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      return parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)) ? [] : [name];
    }),
  );
  return preferred.find((encoding) => taken.has(encoding) && encoded[encoding] !== undefined) ?? null;
}
