import { afterEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.js';
import { statusWhen, submit } from '../support/door-5014.js';
import { runsByNode } from '../support/shares.js';

const runMs = 500;
const steps = 4;

describe('a queue longer than the cluster is wide', () => {
  let cluster: Cluster | undefined;

  afterEach(async () => cluster?.stop());

  async function shares(speeds: Record<string, number>, jobs: number): Promise<Record<string, number>> {
    cluster = await startCluster({
      nodes: Object.entries(speeds).map(([name, speed]) => ({
        name,
        gpuName: `GPU of speed ${speed}`,
        loadMs: 1,
        stepMs: runMs / steps,
        speed,
      })),
    });
    const { url, nodes } = cluster;
    const promptIds = [];
    for (let seed = 0; seed < jobs; seed += 1)
      promptIds.push(await submit(url, { fields: { steps, noise_seed: seed } }));
    for (const promptId of promptIds) await statusWhen(url, promptId, 'completed', 90_000);
    return runsByNode(nodes);
  }

  it('is shared evenly by equal nodes', async () => {
    const runs = await shares({ 'sim-1': 1, 'sim-2': 1, 'sim-3': 1 }, 30);
    expect(sum(runs)).toBe(30);
    for (const count of Object.values(runs)) {
      expect(count).toBeGreaterThanOrEqual(8);
      expect(count).toBeLessThanOrEqual(12);
    }
  }, 120_000);

  it('gives a node that is three times slower about a third of what a fast one gets', async () => {
    const runs = await shares({ 'fast-1': 1, 'fast-2': 1, slow: 1 / 3 }, 28);
    expect(sum(runs)).toBe(28);
    const perFast = ((runs['fast-1'] ?? 0) + (runs['fast-2'] ?? 0)) / 2;
    const share = (runs['slow'] ?? 0) / perFast;
    expect(share).toBeGreaterThanOrEqual(0.2);
    expect(share).toBeLessThanOrEqual(0.5);
  }, 120_000);
});

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);
