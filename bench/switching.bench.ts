/**
 * `npm run bench:switching`: model switches and total time of the running service under its own policy and under least queue.
 *
 * Two models whose load takes twenty runs, nodes that hold one model each, and a standing queue that asks for the models by
 * turns at random: the same jobs, in the same order, for both policies. Both figures are the nodes' own records. A few jobs and
 * a restart come first, so that both know how long a run takes.
 */
import { execFileSync } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { runExperiment } from '../src/programs/simulation/experiment.js';
import { compareWithRecord } from '../src/programs/simulation/report.js';
import { parseRecorded } from '../src/programs/simulation/recorded.js';
import { type Rng, stream } from '../src/programs/simulation/rng.js';
import { wanModelFiles } from '../src/programs/simulator/index.js';
import { Deployment, type Replica } from '../test/support/deployment.js';
import { samplingGraph } from '../test/support/sampling-graph.js';

const policies = ['least-queue', 'cost'] as const;
const nodes = 4;
const jobs = 80;
const warmUpJobs = 8;
const steps = 4;
const runMs = 200;
const loadMs = 20 * runMs;
const models = wanModelFiles['unet_gguf'] ?? [];

let deployment: Deployment | undefined;
afterEach(async () => deployment?.destroy());

test('switching', async () => {
  const measured = [];
  for (const policy of policies) measured.push(await measure(policy));
  const [leastQueue, ours] = measured as [Measured, Measured];
  console.table([leastQueue.row, ours.row]);
  console.log(
    `ours to least queue: switches ${ratio(ours.switches, leastQueue.switches)}, total time ${ratio(ours.totalMs, leastQueue.totalMs)}`,
  );
  console.log(ours.simulated);
  expect(measured).toHaveLength(policies.length);
});

interface Measured {
  row: Record<string, string | number>;
  switches: number;
  totalMs: number;
  /** How near the simulator comes to this run. */
  simulated: string;
}

async function measure(policy: (typeof policies)[number]): Promise<Measured> {
  deployment = await Deployment.create(
    Array.from({ length: nodes }, (_, at) => ({
      name: `sim-${at + 1}`,
      vram: { models: 1 },
      loadMs,
      stepMs: runMs / steps,
    })),
  );
  const env = { SCHEDULING_POLICY: policy };
  const draw = stream(1, 'models');
  const first = await deployment.start(env);
  await run(first, warmUpJobs, draw);
  await first.stop();
  const replica = await deployment.start(env);
  const loadsBefore = loads(deployment);
  const since = new Date();
  const beganMs = performance.now();
  await run(replica, jobs, draw);
  const totalMs = performance.now() - beganMs;
  const switches = loads(deployment) - loadsBefore;
  const simulated = compareWithSimulation(deployment.databaseUrl, since);
  await deployment.destroy();
  deployment = undefined;
  return {
    row: {
      policy,
      jobs,
      nodes,
      'load / run': loadMs / runMs,
      switches,
      'total (s)': (totalMs / 1000).toFixed(1),
      'work alone (s)': ((jobs * runMs) / nodes / 1000).toFixed(1),
    },
    switches,
    totalMs,
    simulated,
  };
}

async function run({ jobs: client }: Replica, count: number, draw: Rng): Promise<void> {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1)
    ids.push(await client.submit(samplingGraph({ steps, model: models[draw.int(2)]! })));
  for (const id of ids) {
    const { state } = await client.ended(id, 300_000);
    if (state !== 'succeeded') throw new Error(`job ${id} is ${state}`);
  }
}

function loads({ nodes: simulated }: Deployment): number {
  return simulated.flatMap((node) => node.record()).reduce((sum, entry) => sum + entry.loads, 0);
}

function compareWithSimulation(databaseUrl: string, since: Date): string {
  const args = ['dist/programs/trace-export/main.js', '--since', since.toISOString()];
  const text = execFileSync(process.execPath, args, {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const trace = parseRecorded('recorded', text);
  const results = runExperiment({ trace: () => trace, seeds: [1], policies: ['ours'], switches: {} });
  return compareWithRecord(trace, results);
}

const ratio = (mine: number, other: number): string => (mine / other).toFixed(2);
