/**
 * Simulated ComfyUI nodes for a first look, in a process of their own. It watches the channel to this one and ends
 * when that closes, so that not even a `kill -9` leaves it behind.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { NodeAddress } from '../platform/config/index.js';

const readyTimeoutMs = 30_000;
const stopTimeoutMs = 5000;

export interface DemoNodes {
  nodes: NodeAddress[];
  stop(): Promise<void>;
}

/** Rejects when the simulator ends or does not get ready in time. */
export async function startDemoNodes(count: number): Promise<DemoNodes> {
  const child = fork(
    fileURLToPath(new URL('./simulator/main.js', import.meta.url)),
    ['--nodes', String(count), '--step-ms', '1500', '--load-ms', '1000'],
    {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      // A terminal's Ctrl-C reaches the whole group; these nodes end when the service is done with them.
      detached: true,
    },
  );
  const { nodes } = await announced(child);
  return { nodes: nodes.map(({ name, url }) => ({ name, url })), stop: async () => stop(child) };
}

async function announced(child: ChildProcess): Promise<{ nodes: NodeAddress[] }> {
  const { stdout } = child;
  if (!stdout) throw new Error('the simulator has no output');
  const lines = createInterface({ input: stdout });
  const [line] = (await Promise.race([
    once(lines, 'line', { signal: AbortSignal.timeout(readyTimeoutMs) }),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the simulated nodes ended with ${String(code)} before they were ready`);
    }),
  ])) as [string];
  return JSON.parse(line) as { nodes: NodeAddress[] };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}
