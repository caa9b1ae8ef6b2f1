import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** SHA-256, in hex, over the names and contents of files and of everything below folders, less what `omit` matches. */
export function fingerprint(paths, omit) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesBelow)) {
    if (omit?.test(path)) continue;
    const content = readFileSync(path);
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).toSorted();
  return names.flatMap((name) => filesBelow(join(path, name)));
}

/** Whether the stamp file holds exactly this text. */
export function isStamped(stampPath, text) {
  try {
    return readFileSync(stampPath, 'utf8') === text;
  } catch {
    return false;
  }
}
