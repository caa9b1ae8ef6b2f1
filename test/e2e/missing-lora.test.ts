/** A node gets a job exactly when it has every model and LoRA that the job needs, also when files come and go. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/platform/config/index.js';
import { wanModelFiles } from '../../src/simulator/index.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { statusOf, statusWhen, submit } from '../support/door-5014.js';
import { eventually } from '../support/poll.js';

const [highNoise = '', lowNoise = ''] = wanModelFiles['loras'] ?? [];
const similar = highNoise.replace('Seko-V1', 'Seko-V1.1');

/** A node's inventory is read for at most a twentieth of the time, which on a busy machine is seconds. */
const noticing = { timeoutMs: 60_000, intervalMs: 50 };

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

  it('gets jobs when the LoRA appears on it, without a restart; until some node has it, jobs wait for it by name', async () => {
    const full = cluster.node('full');
    const partial = cluster.node('partial');
    full.inject({ kind: 'remove-model', folder: 'loras', file: highNoise });
    await eventually(async () => !(await readiness()).ready, {
      ...noticing,
      what: 'a cluster without the LoRA',
    });

    const promptId = await submit(url);
    const waiting = await eventually(async () => {
      const job = (await (await fetch(`${url}/v1/jobs/${promptId}`)).json()) as Record<string, unknown>;
      return String(job['waiting_for']).includes('LoRA') && job;
    });
    expect(waiting).toMatchObject({ state: 'queued', waiting_for: `no node has LoRA ${highNoise}` });
    expect((await statusOf(url, promptId)).status).toBe('pending');

    partial.inject({ kind: 'add-model', folder: 'loras', file: highNoise });
    await statusWhen(url, promptId, 'completed', noticing.timeoutMs);
    expect(partial.record()).toMatchObject([{ life: 1, outcome: 'success' }]);
    expect(full.record()).toHaveLength(12);
    expect((await readiness()).nodes.find(({ id }) => id === 'partial')).toMatchObject({ ready: true });
  }, 150_000);

  it('is looked at often enough for a new file to count within 30 s, as configured by default', () => {
    const config = loadConfig({});
    expect(
      config.INVENTORY_REFRESH_MS + config.IDLE_POLL_INTERVAL_MS + config.DISPATCH_INTERVAL_MS,
    ).toBeLessThan(30_000);
  });
});
