/**
 * `npm run bench:recorded`: how near the simulator comes to what the running service did.
 *
 * Two minutes of jobs of seconds, arriving at random at a cluster that they keep busy, with two models of which a node holds one.
 * The record is exported, written to `.data/recorded.jsonl`, and simulated. A few jobs come first, and a rest in which every part
 * of the service reads what they taught: the simulated scheduler knows at once.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { measure, meanOf } from '../src/programs/simulation/metrics.js';
import { makePolicy } from '../src/programs/simulation/policies/index.js';
import { compareWaits } from '../src/programs/simulation/report.js';
import { parseRecorded } from '../src/programs/simulation/recorded.js';
import { type Rng, stream } from '../src/programs/simulation/rng.js';
import { runTrace } from '../src/programs/simulation/run.js';
import type { Trace } from '../src/programs/simulation/trace.js';
import { wanModelFiles } from '../src/programs/simulator/index.js';
import { Deployment, type Replica } from '../test/support/deployment.js';
import { samplingGraph } from '../test/support/sampling-graph.js';

const jobs = 100;
const warmUpJobs = 12;
const restMs = 27_000;
const meanGapMs = 1_050;
const stepMs = 250;
const loadMs = 5_000;
const speeds = [1, 0.8, 0.6];
const models = wanModelFiles['unet_gguf'] ?? [];
const seeds = [1, 2, 3, 4, 5, 6];

let deployment: Deployment | undefined;
afterEach(async () => deployment?.destroy());

test('recorded', async () => {
  deployment = await Deployment.create(
    speeds.map((speed, at) => ({ name: `sim-${at + 1}`, vram: { models: 1 }, speed, loadMs, stepMs })),
  );
  const replica = await deployment.start();
  const draw = stream(1, 'arrivals');
  await run(replica, warmUpJobs, draw);
  await delay(restMs);
  await run(replica, jobs, draw);
  const text = exported(deployment.databaseUrl);
  mkdirSync('.data', { recursive: true });
  writeFileSync('.data/recorded.jsonl', text);
  const trace = parseRecorded('recorded', text);
  expect(trace.jobs).toHaveLength(warmUpJobs + jobs);
  console.log(compare(trace));
});

async function run({ jobs: client }: Replica, count: number, draw: Rng): Promise<void> {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const graph = samplingGraph({ steps: 4 + draw.int(13), model: models[draw.int(models.length)]! });
    ids.push(await client.submit(graph));
    await delay(-meanGapMs * Math.log(1 - draw.next()));
  }
  for (const id of ids) expect(await client.ended(id, 120_000)).toMatchObject({ state: 'succeeded' });
}

/** Of the jobs that came after the rest. */
function compare(trace: Trace): string {
  const counted = trace.jobs.slice(warmUpJobs);
  const ids = new Set(counted.map(({ id }) => id));
  const simulated = seeds.map((seed) =>
    measure(runTrace(trace, makePolicy('ours', {}), seed), ({ job }) => ids.has(job.id)),
  );
  const waits = counted.map(({ waitMs }) => waitMs! / 1000).toSorted((a, b) => a - b);
  return compareWaits(meanOf(simulated), waits);
}

function exported(databaseUrl: string): string {
  return execFileSync(process.execPath, ['dist/programs/trace-export/main.js'], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
