/** A node gets a job exactly when it has every model and LoRA that the job needs, also when files come and go. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/platform/config/index.js';
import { wanModelFiles } from '../../src/programs/simulator/index.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { statusOf, statusWhen, submit } from '../support/door-5014.js';
import { jobWhen, submitJob, succeeded, uploadedPicture, wanGraph } from '../support/v1.js';

const [highNoise = '', lowNoise = ''] = wanModelFiles['loras'] ?? [];
const similar = highNoise.replace('Seko-V1', 'Seko-V1.1');

/** No node has it at first. */
const wanted = 'added-later.safetensors';
/** An inventory is read for at most a twentieth of a node's time, which on a busy machine is many seconds. */
const noticingMs = 120_000;

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

  it('gets jobs when the LoRAs appear on it, without a restart; until then jobs wait for them by name', async () => {
    const partial = cluster.node('partial');
    await uploadedPicture(url, 'lora.png');
    const graph = wanGraph('lora.png', { '82.lora_name': wanted });
    const id = await submitJob(url, { graph });
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
