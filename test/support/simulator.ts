/** The simulator as a process of its own, for tests that measure what the service alone takes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const mainPath = fileURLToPath(new URL('../../dist/programs/simulator/main.js', import.meta.url));

export interface Simulator {
  pid: number;
  nodes: { name: string; url: string }[];
  stop(): Promise<void>;
}

/** `flags` are those of `dist/programs/simulator/main.js`: `['--nodes', '1']`. */
export async function startSimulator(flags: readonly string[]): Promise<Simulator> {
  const child = spawn(process.execPath, [mainPath, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(() => Promise.reject(new Error('the simulator ended before it was ready'))),
  ])) as [string];
  const { nodes } = JSON.parse(line) as Pick<Simulator, 'nodes'>;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  return { pid: child.pid ?? 0, nodes, stop };
}
