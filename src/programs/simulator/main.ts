import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { ModelFiles } from './nodes/model-files.js';
import type { SimulatedNodeOptions } from './options.js';
import { startSimulatedNode, type SimulatedNode } from './simulated-node.js';

/**
 * Starts simulated ComfyUI servers in one process and prints one line when all answer:
 * `{"nodes": [{"name": "sim-1", "url": "http://127.0.0.1:40001"}]}`. Ends on SIGTERM, SIGINT, and when the parent that
 * started it with an IPC channel is gone; temporary files go with it.
 */
const flags = {
  nodes: { type: 'string', default: '3' },
  port: { type: 'string', default: '0' },
  /** One for each node, instead of `port`. */
  ports: { type: 'string' },
  host: { type: 'string', default: '127.0.0.1' },
  version: { type: 'string', default: '0.33.0' },
  speed: { type: 'string', default: '1' },
  'step-ms': { type: 'string', default: '500' },
  'load-ms': { type: 'string', default: '2000' },
  'vram-models': { type: 'string', default: '2' },
  'output-size-bytes': { type: 'string' },
  'preview-method': { type: 'string', default: 'none' },
  'data-dir': { type: 'string' },
  models: { type: 'string' },
} as const;

type Flags = { [Name in keyof typeof flags]?: string };

function number(values: Flags, name: keyof Flags): number {
  const value = Number(values[name]);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} must be a number of at least 0`);
  return value;
}

function optionsOf(values: Flags, index: number): SimulatedNodeOptions {
  const port = number(values, 'port');
  const given = Number(values.ports?.split(',')[index] ?? 0);
  const name = `sim-${index + 1}`;
  const dataDir = values['data-dir'];
  return {
    name,
    port: given || (port === 0 ? 0 : port + index),
    host: values.host ?? '127.0.0.1',
    version: values.version ?? '0.33.0',
    speed: number(values, 'speed') || 1,
    stepMs: number(values, 'step-ms'),
    loadMs: number(values, 'load-ms'),
    vram: { models: number(values, 'vram-models') },
    previewMethod: values['preview-method'] as NonNullable<SimulatedNodeOptions['previewMethod']>,
    ...(values['output-size-bytes'] === undefined
      ? {}
      : { outputSizeBytes: number(values, 'output-size-bytes') }),
    ...(dataDir === undefined ? {} : { dataDir: path.join(dataDir, name) }),
    ...(values.models === undefined
      ? {}
      : { models: JSON.parse(readFileSync(values.models, 'utf8')) as ModelFiles }),
  };
}

async function startAll(values: Flags): Promise<SimulatedNode[]> {
  const options = Array.from({ length: number(values, 'nodes') }, (_, index) => optionsOf(values, index));
  return Promise.all(options.map(startSimulatedNode));
}

let ending: Promise<void> | undefined;

function endWith(nodes: readonly SimulatedNode[]): () => void {
  return () => {
    ending ??= Promise.all(nodes.map((node) => node.stop())).then(() => process.exit(0));
  };
}

const { values } = parseArgs({ options: flags });
const nodes = await startAll(values);
const end = endWith(nodes);
process.once('SIGTERM', end);
process.once('SIGINT', end);
if (process.send !== undefined) process.once('disconnect', end);
// The parent may have gone while the servers were starting.
if (process.send !== undefined && !process.connected) end();
console.log(JSON.stringify({ nodes: nodes.map(({ name, url }) => ({ name, url })) }));
