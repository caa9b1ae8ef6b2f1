/**
 * What users would put in front of their servers instead, each before simulated nodes of its own. BENCH_OTHERS names a folder with what is
 * to be run: `comfyui_lb` and `comfyui-api-wrapper` (checkouts) and `comfy-api-proxy`, each with a Python environment in `venv`. All of
 * their configuration names loopback alone, and is written before their first start.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../test/support/poll.js';
import { freePort } from '../../../test/support/ports.js';
import { cpuSecondsOf, type Program } from '../../native/program.js';
import { nativeSubmit, type Request, smallGraphText as graph } from '../doors.js';
import { Scene, type SceneOptions, startNodes } from '../scene.js';

export interface Taker {
  submit: Request;
  /** Of everything that stands between clients and nodes, so far. */
  cpuMs: () => Promise<number>;
  close: () => Promise<void>;
}

export interface Contender extends Taker {
  nodes: Program;
}

export type Open = (options: SceneOptions) => Promise<Contender>;

/**
 * A real ComfyUI at `url`, which takes no prompt from its queue (a custom node can see to that: its `execution.PromptQueue.get` answers
 * nothing) and lists `sd15.safetensors` among its checkpoints.
 */
export const realServer = async (url: string): Promise<Taker> => ({
  submit: nativeSubmit(url),
  cpuMs: async () => 0,
  close: async () => {
    await fetch(`${url}/queue`, { method: 'POST', body: '{"clear":true}' });
  },
});

export const ours: Open = async (options) => {
  const scene = await Scene.open(options);
  await scene.meters.begin();
  return {
    nodes: scene.nodes,
    submit: nativeSubmit(scene.service.nativeUrl),
    cpuMs: async () => {
      const { serviceCpuMs, postgresCpuMs } = await scene.meters.end();
      return serviceCpuMs + postgresCpuMs;
    },
    close: scene.close,
  };
};

/** Nothing between: clients take one node after the other, whose own queues hold what waits. */
export const bareNodes: Open = async (options) => {
  const { nodes, urls } = await startNodes(options);
  const submit = { ...nativeSubmit(''), url: urls.map((url) => `${url}/prompt`) };
  return { nodes, submit, cpuMs: async () => 0, close: async () => nodes.stop() };
};

export const othersDir = process.env['BENCH_OTHERS'];

export const comfyuiLb: Open = async (options) =>
  openOther(options, 'comfyui_lb', async (folder, urls, port) => {
    const backends = urls.map((url, no) => {
      const { hostname: host, port: nodePort } = new URL(url);
      return { name: `n${no}`, host, port: Number(nodePort), weight: 1, max_queue: 10, enabled: true };
    });
    const server = { host: '127.0.0.1', port, debug: false };
    // JSON is YAML. Its own limit of 1,000 tasks would refuse what all others take.
    await writeFile(
      join(folder, 'config.yaml'),
      JSON.stringify({ server, backends, queue: { max_size: 1_000_000 } }),
    );
    return {
      command: ['venv/bin/python', 'main.py'],
      env: {},
      health: '/health',
      submit: nativeSubmit(`http://127.0.0.1:${port}`),
    };
  });

/** Nodes write no files where it looks for them, so that it tells of each run, once that is over, that it failed. */
export const apiWrapper: Open = async (options) =>
  openOther(options, 'comfyui-api-wrapper', async (folder, urls, port) => ({
    command: ['venv/bin/python', '-m', 'uvicorn', 'main:app', '--host', '127.0.0.1', '--port', String(port)],
    env: {
      COMFYUI_BACKENDS: urls.join(','),
      COMFYUI_API_BASE: urls[0]!,
      COMFYUI_INSTALL_PATH: join(folder, 'comfyui'),
      MAX_QUEUE_SIZE: '1000000',
    },
    health: '/docs',
    submit: {
      url: `http://127.0.0.1:${port}/generate`,
      body: `{"input":{"workflow_json":${graph}}}`,
      contentType: 'application/json',
    },
  }));

/** It knows one node. */
export const apiProxy: Open = async (options) =>
  openOther({ ...options, nodes: 1 }, 'comfy-api-proxy', async (_folder, urls, port) => ({
    command: ['venv/bin/python', '-m', 'comfy_api_proxy.cli', '--comfyui', urls[0]!, '--port', String(port)],
    env: {},
    health: '/api/v2/health',
    submit: {
      url: `http://127.0.0.1:${port}/api/v2/jobs`,
      body: `{"workflow":${graph}}`,
      contentType: 'application/json',
    },
  }));

interface Other {
  command: readonly string[];
  env: Record<string, string>;
  /** A path that answers 200 when it serves. */
  health: string;
  submit: Request;
}

type Configure = (folder: string, nodeUrls: readonly string[], port: number) => Promise<Other>;

async function openOther(options: SceneOptions, name: string, configure: Configure): Promise<Contender> {
  const folder = await mkdtemp(join(tmpdir(), `comfymux-${name}-`));
  const removeFolder = async (): Promise<void> => rm(folder, { recursive: true, force: true });
  await cp(join(othersDir!, name), folder, { recursive: true, verbatimSymlinks: true });
  const { nodes, urls } = await startNodes(options);
  const port = await freePort();
  const other = await configure(folder, urls, port);
  const child = start(folder, other);
  const close = async (): Promise<void> => {
    await stop(child);
    await nodes.stop();
    await removeFolder();
  };
  try {
    await serves(`http://127.0.0.1:${port}${other.health}`);
  } catch (error) {
    await close();
    throw error;
  }
  return { nodes, submit: other.submit, cpuMs: async () => 1000 * (await cpuSecondsOf(child.pid!)), close };
}

function start(folder: string, { command: [program, ...args], env }: Other): ChildProcess {
  return spawn(join(folder, program!), args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
    stdio: process.env['BENCH_OTHERS_OUTPUT'] === '1' ? 'inherit' : 'ignore',
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function serves(url: string): Promise<void> {
  const isServed = async (): Promise<boolean> => (await fetch(url).catch(() => undefined))?.ok === true;
  await eventually(isServed, { timeoutMs: 60_000, intervalMs: 100, what: url });
}
