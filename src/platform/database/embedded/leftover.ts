import type { Cluster } from './cluster.js';
import { processCommand, waitForEnd } from './processes.js';
import { DatabaseStartError } from './start-error.js';

const shutdownTimeoutMs = 30_000;

/** Ends the server that a crashed service left on this cluster. Call it while holding the instance lock. */
export async function stopLeftoverServer(cluster: Cluster): Promise<void> {
  const pid = cluster.recordedPid();
  // The id may belong to any other program by now.
  if (pid === undefined || !isServerOf(pid, cluster)) return;
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    send(pid, signal);
    if (await waitForEnd(pid, shutdownTimeoutMs)) return;
  }
  throw new DatabaseStartError(
    `Process ${pid}, an earlier PostgreSQL on ${cluster.dir}, does not end: end it, or set another DATA_DIR.`,
  );
}

export function isServerOf(pid: number, cluster: Cluster): boolean {
  return processCommand(pid)?.includes(`-D ${cluster.dir} `) ?? false;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself, or is not ours to end, and then waiting for it fails.
  }
}
