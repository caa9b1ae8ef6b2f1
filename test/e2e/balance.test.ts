/** Shares of work when runs end by the test's own clock: they tell decisions, not how fast the machine is. */
import { afterEach, describe, expect, it } from 'vitest';
import type { SimulatedNode } from '../../src/programs/simulator/index.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { submit } from '../support/door-5014.js';
import { eventually } from '../support/poll.js';
import { runsByNode } from '../support/shares.js';
import { call, type Job } from '../support/v1.js';

/** A node whose runs end when told, and every so many ticks. */
interface Paced {
  node: SimulatedNode;
  ticksPerRun: number;
  /** Lets the run go on to its next sampler. */
  proceed: () => void;
}

describe('a queue longer than the cluster is wide', () => {
  let cluster: Cluster | undefined;

  afterEach(async () => cluster?.stop());

  async function shares(ticksPerRun: Record<string, number>, jobs: number): Promise<Record<string, number>> {
    const nodes = Object.keys(ticksPerRun).map((name) => ({ name, gpuName: name, loadMs: 1, stepMs: 1 }));
    cluster = await startCluster({ nodes });
    const paced = cluster.nodes.map((node) => pace(node, ticksPerRun[node.name] ?? 1));
    for (let seed = 0; seed < jobs; seed += 1) await submit(cluster.url, { fields: { noise_seed: seed } });
    for (let tick = 1; finished(cluster.nodes) < jobs; tick += 1) {
      await everyNodeRuns(cluster);
      const due = paced.filter((one) => tick % one.ticksPerRun === 0 && running(one.node));
      await Promise.all(due.map(endRun));
    }
    return runsByNode(cluster.nodes);
  }

  it('is shared evenly by equal nodes', async () => {
    const runs = await shares({ 'sim-1': 1, 'sim-2': 1, 'sim-3': 1 }, 30);
    expect(Object.values(runs).reduce((sum, count) => sum + count)).toBe(30);
    for (const count of Object.values(runs)) {
      expect(count).toBeGreaterThanOrEqual(8);
      expect(count).toBeLessThanOrEqual(12);
    }
  }, 150_000);

  it('gives a node that is three times slower about a third of what a fast one gets', async () => {
    const {
      'fast-1': one = 0,
      'fast-2': other = 0,
      slow = 0,
    } = await shares({ 'fast-1': 1, 'fast-2': 1, slow: 3 }, 28);
    expect(one + other + slow).toBe(28);
    const share = slow / ((one + other) / 2);
    expect(share).toBeGreaterThanOrEqual(0.2);
    expect(share).toBeLessThanOrEqual(0.5);
  }, 150_000);
});

function pace(node: SimulatedNode, ticksPerRun: number): Paced {
  let hang = node.inject({ kind: 'hang-sampling' });
  const proceed = (): void => {
    const held = hang;
    // Armed before the other ends, so that no sampler ever finds none.
    hang = node.inject({ kind: 'hang-sampling' });
    held.clear();
  };
  return { node, ticksPerRun, proceed };
}

/** Or nothing waits any more. Towards the end a job may be held back for a fast node, so the wait is bounded. */
async function everyNodeRuns({ url, nodes }: Cluster): Promise<void> {
  const settled = async (): Promise<boolean> => {
    if (nodes.every(running)) return true;
    const { body } = await call<{ jobs: Job[] }>(`${url}/v1/jobs?state=queued&limit=1`);
    return body.jobs.length === 0 && nodes.some(running);
  };
  await eventually(settled, { timeoutMs: 5_000 }).catch(() => undefined);
}

async function endRun({ node, proceed }: Paced): Promise<void> {
  const before = finished([node]);
  const ended = (): boolean => {
    if (finished([node]) > before) return true;
    proceed();
    return false;
  };
  await eventually(ended, { what: `the end of a run on ${node.name}` });
}

function running(node: SimulatedNode): boolean {
  return node.record().some(({ startedAt, outcome }) => startedAt !== null && outcome === null);
}

function finished(nodes: SimulatedNode[]): number {
  return Object.values(runsByNode(nodes)).reduce((sum, count) => sum + count, 0);
}
