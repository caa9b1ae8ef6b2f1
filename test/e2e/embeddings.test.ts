/** A text that names an embedding runs where the file is; one that names an embedding which nobody has runs anywhere, as on one ComfyUI. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wanModelFiles } from '../../src/programs/simulator/index.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { call, jobWhen, submitJob, succeeded } from '../support/v1.js';

interface ReadinessBody {
  ready: boolean;
  ignored: string[];
  nodes: { id: string; ready: boolean | null; missing: { models: { value: string }[] } | null }[];
}

/** An inventory is read for at most a twentieth of a node's time, which on a busy machine is many seconds. */
const noticingMs = 120_000;

function graphWith(text: string, seed = 1): Record<string, object> {
  const graph = samplingGraph({ steps: 1 }) as Record<string, { class_type: string; inputs: object }>;
  const [id, node] = Object.entries(graph).find(([, { class_type }]) => class_type === 'CLIPTextEncode')!;
  const [at, sampler] = Object.entries(graph).find(([, { inputs }]) => 'seed' in inputs)!;
  return {
    ...graph,
    [id]: { ...node, inputs: { ...node.inputs, text } },
    [at]: { ...sampler, inputs: { ...sampler.inputs, seed } },
  };
}

describe('a text that names an embedding', () => {
  let cluster: Cluster;
  let url: string;
  const text = 'a cat, (embedding:rare:1.2), blurry';

  beforeAll(async () => {
    cluster = await startCluster({
      nodes: [
        {
          name: 'rich',
          loadMs: 1,
          stepMs: 5,
          models: { ...wanModelFiles, embeddings: ['sd15/rare.safetensors'] },
        },
        { name: 'poor', loadMs: 1, stepMs: 5, models: { ...wanModelFiles, embeddings: ['other.pt'] } },
      ],
      env: { INVENTORY_REFRESH_MS: '300' },
    });
    ({ url } = cluster);
  });
  afterAll(async () => cluster.stop());

  const readiness = async (prompt: string): Promise<ReadinessBody> =>
    (await call<ReadinessBody>(`${url}/v1/readiness`, 'POST', { graph: graphWith(prompt) })).body;

  it('runs on the node that has the file, which readiness tells', async () => {
    const told = await readiness(text);
    expect(told).toMatchObject({ ready: true, ignored: [] });
    expect(told.nodes.find(({ id }) => id === 'rich')).toMatchObject({ ready: true });
    expect(told.nodes.find(({ id }) => id === 'poor')).toMatchObject({
      ready: false,
      missing: { models: [{ value: 'embedding:rare' }] },
    });
    const seeds = [1, 2, 3, 4, 5, 6];
    const ids = await Promise.all(
      seeds.map(async (seed) => submitJob(url, { graph: graphWith(text, seed) })),
    );
    for (const id of ids) expect(await jobWhen(url, id, succeeded)).toMatchObject({ node_id: 'rich' });
  });

  it('runs as on one ComfyUI where nobody has the file, which readiness tells too', async () => {
    const lost = 'a dog, embedding:nowhere';
    expect(await readiness(lost)).toMatchObject({ ready: true, ignored: ['embedding:nowhere'] });
    const id = await submitJob(url, { graph: graphWith(lost) });
    expect(await jobWhen(url, id, succeeded)).toMatchObject({ state: 'succeeded' });
  });

  it('is found in the inventory, and on a node as soon as it has the file', async () => {
    const { body } = await call<{ entries: object[] }>(`${url}/v1/inventory?search=rare&kind=file`);
    expect(body.entries).toMatchObject([{ name: 'sd15/rare.safetensors', nodes: ['rich'] }]);
    const classes = await call<{ entries: object[] }>(`${url}/v1/inventory?search=embedding:&kind=class`);
    expect(classes.body.entries).toEqual([]);
    cluster.node('poor').setModels({ ...wanModelFiles, embeddings: ['rare.pt'] });
    await eventually(async () => (await readiness(text)).nodes.every(({ ready }) => ready), {
      timeoutMs: noticingMs,
      what: 'the file on the other node',
    });
  }, 180_000);
});
