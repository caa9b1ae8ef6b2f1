/**
 * At most one live service uses a data folder. The lock is a file that names a process and when it began, so that
 * a lock left by a crash, also one whose process id was given to another program since, counts as free.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processIdentity } from './processes.js';
import { DatabaseStartError } from './start-error.js';

/** Answers the function that gives the lock back. Throws `DatabaseStartError` naming the process that holds it. */
export function acquireInstanceLock(dataDir: string): () => void {
  const path = join(dataDir, 'postgres.lock');
  const own = `${process.pid} ${processIdentity(process.pid) ?? ''}\n`;
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, own, { mode: 0o600 });
  try {
    while (!linked(draft, path)) removeIfStale(path, dataDir);
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (read(path) === own) rmSync(path, { force: true });
  };
}

/** Unlike a write, a link appears with its content, and fails when the name is taken. */
function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function removeIfStale(path: string, dataDir: string): void {
  const content = read(path);
  if (content === undefined) return;
  const holder = liveHolder(content);
  if (holder !== undefined) {
    throw new DatabaseStartError(
      `Process ${holder} already runs a service on ${dataDir}: stop it, or set another DATA_DIR.`,
    );
  }
  const aside = `${path}.stale.${process.pid}`;
  renameSync(path, aside);
  // Another starter may have replaced the stale lock since it was read; then it is theirs and goes back.
  if (read(aside) !== content) linked(aside, path);
  rmSync(aside, { force: true });
}

function liveHolder(content: string): number | undefined {
  const [pid, identity] = content.trim().split(/ (.*)/s);
  if (Number(pid) === process.pid) return process.pid;
  return identity !== undefined && processIdentity(Number(pid)) === identity ? Number(pid) : undefined;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
