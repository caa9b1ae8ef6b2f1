import { afterEach, expect, it } from 'vitest';
import { ComfyClient } from '../../comfyui/index.js';
import { startSimulatedNode, type SimulatedNode } from '../../../programs/simulator/index.js';
import { ModelSizes } from './model-sizes.js';

const models = {
  diffusion_models: ['wan.safetensors'],
  unet_gguf: ['wan.gguf'],
  vae: ['sub/vae.safetensors'],
};
const names = ['wan.safetensors', 'wan.gguf', 'sub/vae.safetensors'];

let node: SimulatedNode | undefined;
let client: ComfyClient | undefined;
afterEach(async () => {
  await client?.close();
  await node?.stop();
});

async function startNode(): Promise<ComfyClient> {
  node = await startSimulatedNode({ models, windows: true });
  client = new ComfyClient({ baseUrl: new URL(node.url) });
  return client;
}

it('sizes are what a node tells, by names with forward slashes; of GGUF files it tells none', async () => {
  const sizes = new ModelSizes();
  await sizes.learn(await startNode(), 'hash');
  expect(Object.keys(sizes.of(names)).toSorted()).toEqual(['sub/vae.safetensors', 'wan.safetensors']);
  expect(sizes.of(names)['wan.safetensors']).toBeGreaterThan(10e9);
});

it('equal inventories are read once, others anew; only news raise the version', async () => {
  const sizes = new ModelSizes();
  const asked = await startNode();
  await sizes.learn(asked, 'one');
  const { version } = sizes;
  expect(version).toBeGreaterThan(0);
  const gone = node!.inject({ kind: 'fail-route', path: '/experiment/models' });
  await sizes.learn(asked, 'one');
  await expect(sizes.learn(asked, 'two')).rejects.toThrow('500');
  gone.clear();
  await sizes.learn(asked, 'two');
  expect(sizes.version).toBe(version);
});

it('a node without the route tells nothing, which is no error', async () => {
  const sizes = new ModelSizes();
  const asked = await startNode();
  node!.inject({ kind: 'fail-route', path: '/experiment/models', status: 404 });
  await sizes.learn(asked, 'old');
  expect(sizes.of(names)).toEqual({});
  expect(sizes.version).toBe(0);
});
