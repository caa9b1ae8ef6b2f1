/**
 * `npm run bench:balance`: how near a queue of equal jobs comes to the time that its runs alone would take.
 *
 * `ideal` is what the nodes' own records say that the runs took, spread evenly by speed; `taken` is from the first
 * submit until the last job is seen completed. Both are of the same run, so a slow machine slows both.
 */
import { afterEach, expect, test } from 'vitest';
import type { SimulatedNode } from '../src/programs/simulator/index.js';
import { type Cluster, startCluster } from '../test/support/cluster.js';
import { statusWhen, submit } from '../test/support/door-5014.js';
import { runsByNode } from '../test/support/shares.js';

interface Scenario {
  name: string;
  speeds: number[];
  jobs: number;
  runMs: number;
}

const scenarios: Scenario[] = [
  { name: '3 equal nodes', speeds: [1, 1, 1], jobs: 30, runMs: 1000 },
  { name: '3 equal nodes', speeds: [1, 1, 1], jobs: 30, runMs: 4000 },
  { name: '2 fast, 1 three times slower', speeds: [1, 1, 1 / 3], jobs: 42, runMs: 1000 },
];
const steps = 4;

let cluster: Cluster | undefined;
afterEach(async () => cluster?.stop());

test('balance', async () => {
  const rows = [];
  for (const scenario of scenarios) {
    rows.push(await measured(scenario));
    await cluster?.stop();
    cluster = undefined;
  }
  console.table(rows);
  expect(rows).toHaveLength(scenarios.length);
});

async function measured({ name, speeds, jobs, runMs }: Scenario) {
  cluster = await startCluster({
    nodes: speeds.map((speed, index) => ({
      name: `sim-${index + 1}`,
      gpuName: `GPU of speed ${speed}`,
      loadMs: 1,
      stepMs: runMs / steps,
      speed,
    })),
  });
  const { url, nodes } = cluster;
  const beganMs = performance.now();
  const promptIds = await Promise.all(
    Array.from({ length: jobs }, (_, seed) => submit(url, { fields: { steps, noise_seed: seed } })),
  );
  for (const promptId of promptIds) await statusWhen(url, promptId, 'completed', 300_000);
  const takenMs = performance.now() - beganMs;
  const idealMs = idealTimeMs(nodes, jobs);
  return {
    cluster: name,
    jobs,
    'run (ms)': Math.round(meanRunMs(nodes[0])),
    'runs by node': Object.values(runsByNode(nodes)).join(' / '),
    'ideal (s)': (idealMs / 1000).toFixed(1),
    'taken (s)': (takenMs / 1000).toFixed(1),
    ratio: (takenMs / idealMs).toFixed(2),
  };
}

/** Time in which nodes of these mean run times finish that many jobs together when none ever waits. */
function idealTimeMs(nodes: SimulatedNode[], jobs: number): number {
  return jobs / nodes.reduce((jobsPerMs, node) => jobsPerMs + 1 / meanRunMs(node), 0);
}

function meanRunMs(node: SimulatedNode | undefined): number {
  const runs = (node?.record() ?? []).map(
    ({ startedAt, finishedAt }) => (finishedAt ?? 0) - (startedAt ?? 0),
  );
  return runs.reduce((sum, run) => sum + run, 0) / runs.length;
}
