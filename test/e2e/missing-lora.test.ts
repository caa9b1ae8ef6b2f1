/** A node gets a job exactly when it has every model and LoRA that the job needs, also when files come and go. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/platform/config/index.js';
import { wanModelFiles } from '../../src/programs/simulator/index.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { statusOf, statusWhen, submit } from '../support/door-5014.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { call, jobWhen, submitJob, succeeded } from '../support/v1.js';

const [highNoise = '', lowNoise = ''] = wanModelFiles['loras'] ?? [];
const similar = highNoise.replace('Seko-V1', 'Seko-V1.1');

/** No node has it at first. */
const wanted = 'added-later.safetensors';
/** An inventory is read for at most a twentieth of a node's time, which on a busy machine is many seconds. */
const noticingMs = 120_000;

function withLora(name: string): Record<string, object> {
  const graph = samplingGraph();
  const sampler = graph['5'] as { inputs: object };
  const lora = {
    class_type: 'LoraLoaderModelOnly',
    inputs: { model: ['1', 0], lora_name: name, strength_model: 1 },
  };
  return { ...graph, lora, 5: { ...sampler, inputs: { ...sampler.inputs, model: ['lora', 0] } } };
}

interface ReadinessBody {
  ready: boolean;
  nodes: {
    id: string;
    ready: boolean | null;
    missing: { loras: { value: string; nearest?: string }[]; [kind: string]: unknown[] } | null;
  }[];
}

describe('a node that lacks one LoRA', () => {
  let cluster: Cluster;
  let url: string;

  beforeAll(async () => {
    cluster = await startCluster({
      nodes: [
        { name: 'full', loadMs: 1, stepMs: 10 },
        { name: 'partial', loadMs: 1, stepMs: 10, models: { ...wanModelFiles, loras: [lowNoise, similar] } },
      ],
      env: { INVENTORY_REFRESH_MS: '300' },
    });
    url = cluster.url;
  });
  afterAll(() => cluster.stop());

  async function readiness(): Promise<ReadinessBody> {
    const response = await fetch(`${url}/v1/workflows/wan2.2_i2v_14b_4/readiness`);
    expect(response.status).toBe(200);
    return (await response.json()) as ReadinessBody;
  }

  it('is told by readiness, with the nearest name that it has', async () => {
    const { ready, nodes } = await readiness();
    expect(ready).toBe(true);
    expect(nodes.find(({ id }) => id === 'full')).toMatchObject({ ready: true, missing: null });
    expect(nodes.find(({ id }) => id === 'partial')).toMatchObject({
      ready: false,
      missing: {
        loras: [{ class: 'LoraLoaderModelOnly', input: 'lora_name', value: highNoise, nearest: similar }],
        models: [],
        classes: [],
        choices: [],
        inputs: [],
      },
    });
  });

  it('never gets a job that needs it, however long the queue is', async () => {
    const promptIds = await Promise.all(
      Array.from({ length: 12 }, (_, seed) => submit(url, { fields: { noise_seed: seed } })),
    );
    for (const promptId of promptIds) await statusWhen(url, promptId, 'completed');
    expect(cluster.node('partial').record()).toEqual([]);
    expect(cluster.node('full').record()).toHaveLength(12);
  });

  it('is no place for a graph whose LoRA nobody has: every door refuses that', async () => {
    const { status, body } = await call(`${url}/v1/jobs`, 'POST', { graph: withLora(wanted) });
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { code: 'invalid_graph', details: [{ code: 'value_not_in_list', graph_node: 'lora' }] },
    });
  });

  it('gets jobs when the LoRAs appear on it, without a restart; until then jobs of a named workflow wait for them by name', async () => {
    const partial = cluster.node('partial');
    const manifest = { title: 'Later', inputs: {}, outputs: [{ node: '8', kind: 'image' }] };
    const put = await call(`${url}/v1/workflows/later`, 'PUT', { graph: withLora(wanted), manifest });
    expect(put.status).toBe(200);
    const id = await submitJob(url, { workflow: 'later', inputs: {} });
    const waiting = await jobWhen(url, id, ({ waiting_for: reason }) => reason !== 'jobs before it');
    expect(waiting).toMatchObject({
      state: 'queued',
      waiting_for: `no node has LoRA ${wanted}`,
      attempts: 0,
    });
    expect((await statusOf(url, id)).status).toBe('pending');

    partial.setModels({ ...wanModelFiles, loras: [highNoise, lowNoise, wanted] });
    expect(await jobWhen(url, id, succeeded, noticingMs)).toMatchObject({ node_id: 'partial', attempts: 1 });
    expect(partial.record()).toMatchObject([{ life: 1, outcome: 'success' }]);
    expect(cluster.node('full').record()).toHaveLength(12);
    const { nodes } = await readiness();
    expect(nodes.map(({ ready }) => ready)).toEqual([true, true]);
  }, 180_000);

  it('is looked at often enough for a new file to count within 30 s, as configured by default', () => {
    const config = loadConfig({});
    expect(
      config.INVENTORY_REFRESH_MS + config.IDLE_POLL_INTERVAL_MS + config.DISPATCH_INTERVAL_MS,
    ).toBeLessThan(30_000);
  });
});
