/**
 * Simulated ComfyUI nodes for a first look, in a process of their own. It watches the channel to this one and ends
 * when that closes, so that not even a `kill -9` leaves it behind; when it dies by itself it is started again on the same ports.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { NodeAddress } from '../platform/config/index.js';
import { parseUrl } from '../platform/outside-text/index.js';

const readyTimeoutMs = 30_000;
const stopTimeoutMs = 5000;
/** Doubles with each start that does not last. */
const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** A process that lived for so long died of something new. */
const lastedMs = 60_000;

export interface DemoNodes {
  nodes: NodeAddress[];
  stop(): Promise<void>;
}

export interface DemoNodesOptions {
  count: number;
  /** Told when the process has died, and when it could not be started again. */
  tell: (what: string, about: object) => void;
  flags?: readonly string[];
}

/** Rejects when the simulator ends or does not get ready in time, the first time. */
export async function startDemoNodes(options: DemoNodesOptions): Promise<DemoNodes> {
  const keeper = new Keeper(options);
  return { nodes: await keeper.start(), stop: async () => keeper.stop() };
}

const defaultFlags = ['--step-ms', '1500', '--load-ms', '1000'];

class Keeper {
  private child: ChildProcess | undefined;
  private readonly stopping = new AbortController();
  private kept: Promise<void> = Promise.resolve();
  private nodes: NodeAddress[] = [];
  private pauseMs = firstPauseMs;

  constructor(private readonly options: DemoNodesOptions) {}

  async start(): Promise<NodeAddress[]> {
    const child = this.spawn([]);
    this.nodes = await announced(child);
    this.kept = this.keep(child);
    return this.nodes;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.child) await end(this.child);
    await this.kept;
  }

  /** Until it is stopped: whenever the process has died, another one takes its ports. */
  private async keep(first: ChildProcess): Promise<void> {
    for (let child = first; ;) {
      const beganMs = performance.now();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      if (this.stopping.signal.aborted) return;
      if (performance.now() - beganMs > lastedMs) this.pauseMs = firstPauseMs;
      this.options.tell('the simulated nodes have died and are started again', {
        code: child.exitCode,
        signal: child.signalCode,
      });
      await sleep(this.pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      this.pauseMs = Math.min(this.pauseMs * 2, longestPauseMs);
      if (this.stopping.signal.aborted) return;
      child = this.spawn(['--ports', this.nodes.map(({ url }) => parseUrl(url)?.port).join(',')]);
      await announced(child).catch((error: unknown) => {
        child.kill('SIGKILL');
        this.options.tell('the simulated nodes could not be started again', { err: error });
      });
    }
  }

  private spawn(more: readonly string[]): ChildProcess {
    const { count, flags = defaultFlags } = this.options;
    this.child = fork(
      fileURLToPath(new URL('./simulator/main.js', import.meta.url)),
      ['--nodes', String(count), ...flags, ...more],
      {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        // A terminal's Ctrl-C reaches the whole group; these nodes end when the service is done with them.
        detached: true,
      },
    );
    return this.child;
  }
}

async function announced(child: ChildProcess): Promise<NodeAddress[]> {
  const { stdout } = child;
  if (!stdout) throw new Error('the simulator has no output');
  const lines = createInterface({ input: stdout });
  const [line] = (await Promise.race([
    once(lines, 'line', { signal: AbortSignal.timeout(readyTimeoutMs) }),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the simulated nodes ended with ${String(code)} before they were ready`);
    }),
  ])) as [string];
  const { nodes } = JSON.parse(line) as { nodes: NodeAddress[] };
  return nodes.map(({ name, url }) => ({ name, url }));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}
