/** How long a model's first load is expected to take is told by the size of its file, where the node tells it. */
import { afterEach, expect, it } from 'vitest';
import { wanModelFiles } from '../../../src/programs/simulator/index.js';
import { decisionOf } from '../../support/decisions.js';
import { Deployment } from '../../support/deployment.js';
import { samplingGraph } from '../../support/sampling-graph.js';

let deployment: Deployment | undefined;
afterEach(async () => deployment?.destroy());

const names = ['first.safetensors', 'second.safetensors'];
const graphOf = (model: string) => ({
  ...samplingGraph(),
  1: { class_type: 'UNETLoader', inputs: { unet_name: model, weight_dtype: 'default' } },
});

async function expectedLoading(isListed: boolean): Promise<number> {
  deployment = await Deployment.create([
    { name: 'only', models: { ...wanModelFiles, diffusion_models: names }, loadMs: 1, stepMs: 5 },
  ]);
  if (!isListed)
    deployment.node('only').inject({ kind: 'fail-route', path: '/experiment/models', status: 404 });
  const { jobs, url } = await deployment.start();
  const loads: number[] = [];
  for (const name of names) {
    const { id, state } = await jobs.ended(await jobs.submit(graphOf(name)));
    expect(state).toBe('succeeded');
    loads.push((await decisionOf(url, id)).placed?.terms['switchingS'] ?? Number.NaN);
  }
  await deployment.destroy();
  deployment = undefined;
  // The sizes may come just after the first placement.
  return loads[1]!;
}

it('a file of 28.6 GB is expected to take longer than one of which only the kind is known', async () => {
  const guessed = await expectedLoading(false);
  const told = await expectedLoading(true);
  expect(guessed).toBeGreaterThan(0);
  expect(told - guessed, `${told} s and ${guessed} s`).toBeGreaterThan(5);
});
