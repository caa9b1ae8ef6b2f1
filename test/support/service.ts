/** The built service as a real process, for tests that kill it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.js';
import { eventually } from './poll.js';

const root = new URL('../../', import.meta.url);
const mainPath = fileURLToPath(new URL('dist/main.js', root));
/** Those of `npm start`; `SERVICE_NODE_FLAGS` takes their place, for measurements and profiles. */
const nodeFlags =
  process.env['SERVICE_NODE_FLAGS']?.split(' ').filter(Boolean) ??
  readFileSync(new URL('package.json', root), 'utf8').match(/(?<="start": ".*)--\S+/g) ??
  [];

export interface Service {
  /** Base of port 5014's routes. */
  url: string;
  /** Base of ComfyUI's own API. */
  nativeUrl: string;
  pid: number;
  /** Everything it wrote so far. */
  output(): string;
  /** What of it went to standard error. */
  errorOutput(): string;
  /** Resolves to its exit code, or to the name of the signal that ended it. */
  ended: Promise<number | string>;
  /** SIGTERM; resolves like `ended`. */
  stop(): Promise<number | string>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Resolves when `/livez` answers; rejects with its output when it ends before. */
export async function startService(
  env: Record<string, string>,
  { timeoutMs = 60_000, under = [] }: { timeoutMs?: number; under?: readonly string[] } = {},
): Promise<Service> {
  const service = await launchService(env, under);
  let alive = true;
  void service.ended.then(() => (alive = false));
  try {
    await eventually(async () => !alive || (await fetch(`${service.url}/livez`)).ok, {
      timeoutMs,
      intervalMs: 50,
      what: 'GET /livez',
    });
  } catch (cause) {
    await service.kill();
    throw new Error(`the service did not become alive:\n${service.output()}`, { cause });
  }
  if (!alive) throw new Error(`the service ended with ${await service.ended}:\n${service.output()}`);
  return service;
}

/**
 * Does not wait: the service may be one that cannot start. It leads a process group of its own, as a command in a
 * terminal does. `under` is a program with its arguments that starts it, such as `prlimit`.
 */
export async function launchService(
  env: Record<string, string>,
  under: readonly string[] = [],
): Promise<Service> {
  if (!existsSync(mainPath)) throw new Error('dist/main.js is missing: npm run build makes it');
  const [port, nativePort] = [await freePort(), await freePort()];
  const [program, ...args] = [...under, process.execPath, ...nodeFlags, mainPath];
  const child = spawn(program, args, {
    env: { ...process.env, HOST: '127.0.0.1', PORT: String(port), NATIVE_PORT: String(nativePort), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  return describeService(child, port, nativePort);
}

function describeService(child: ChildProcess, port: number, nativePort: number): Service {
  const chunks: string[] = [];
  const errorChunks: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    chunks.push(chunk);
    errorChunks.push(chunk);
  });
  const ended = once(child, 'close').then(
    ([code, signal]: (number | string | null)[]) => code ?? signal ?? 'unknown',
  );
  return {
    url: `http://127.0.0.1:${port}`,
    nativeUrl: `http://127.0.0.1:${nativePort}`,
    pid: child.pid ?? 0,
    output: () => chunks.join(''),
    errorOutput: () => errorChunks.join(''),
    ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
