/**
 * `npm run bench:queue`: what a leader costs while QUEUE_JOBS jobs (1,000,000) of QUEUE_CLASSES classes (300) wait and QUEUE_NODES
 * nodes (50) run them for QUEUE_SECONDS (60). The built service, PostgreSQL and the simulated nodes are processes of their own.
 *
 * Fails when the service ever takes more than 350 MB, or when a look at the windows of all classes reads more of the
 * database than their number explains.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { QueueStore } from '../src/modules/jobs/record/queue/queue.store.js';
import { wanModelFiles } from '../src/programs/simulator/index.js';
import { createDatabase, type TestDatabase } from '../test/support/database.js';
import { JobsClient } from '../test/support/jobs-client.js';
import { eventually } from '../test/support/poll.js';
import { peakResidentBytes, residentBytes } from '../test/support/processes.js';
import { samplingGraph } from '../test/support/sampling-graph.js';
import { type Service, startService } from '../test/support/service.js';
import { startSimulator } from '../test/support/simulator.js';
import { cpuSecondsOf } from './native/program.js';
import { fillQueue } from './queue/fill.js';
import { histogramOf, quantileOf } from './queue/histogram.js';
import { quantile } from './quantile.js';

const setting = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);
const jobs = setting('QUEUE_JOBS', 1_000_000);
const classes = setting('QUEUE_CLASSES', 300);
const nodes = setting('QUEUE_NODES', 50);
const seconds = setting('QUEUE_SECONDS', 60);
const shortQueue = 10_000;
const window = 32;
/** A descent of the index for the class and one for its window, and at worst a row's visibility each. */
const blocksPerClassMax = 10 + window;
const residentMaxBytes = 350 * 2 ** 20;
const models = Array.from({ length: classes }, (_, at) => `model-${at}.gguf`);

let database: TestDatabase;
let dir: string;
beforeEach(async () => {
  [database, dir] = [await createDatabase(), await mkdtemp(join(tmpdir(), 'comfymux-queue-'))];
});
afterEach(async () => {
  await database.drop();
  await rm(dir, { recursive: true, force: true });
});

it(`${jobs} queued jobs`, async () => {
  await submitOneOfEachClass();
  await fillQueue(database.pool, classes, shortQueue);
  const short = await costOfLook();
  const beganMs = performance.now();
  await fillQueue(database.pool, shortQueue, jobs);
  console.log(`filled in ${((performance.now() - beganMs) / 1000).toFixed(0)} s`);
  const long = await costOfLook();
  console.log(long.plan);
  console.table([
    { queued: shortQueue, ...short.row },
    { queued: jobs, ...long.row },
  ]);
  const led = await lead();
  console.table(led.row);
  expect(led.placed).toBeGreaterThan(nodes);
  expect(led.peakBytes).toBeLessThanOrEqual(residentMaxBytes);
  expect(long.blocks, 'blocks of a look').toBeLessThanOrEqual(classes * blocksPerClassMax);
});

/** By the product itself, which knows what the classes are. */
async function submitOneOfEachClass(): Promise<void> {
  const service = await serve('');
  const client = new JobsClient(service.url);
  for (const model of models) await client.submit(samplingGraph({ model }));
  await service.stop();
}

function serve(nodeList: string): Promise<Service> {
  return startService({
    DATABASE_URL: database.url,
    DATA_DIR: dir,
    NODES: nodeList,
    SIMULATE: 'off',
    LOG_LEVEL: 'warn',
  });
}

/** The product's own statement, as the server explains it. */
async function costOfLook() {
  const read = new QueueStore(database.pool);
  const tookMs: number[] = [];
  let rows = 0;
  for (let i = 0; i < 20; i += 1) {
    const beganMs = performance.now();
    rows = (await read.windows(window)).size;
    tookMs.push(performance.now() - beganMs);
  }
  const plan = await planOfLook();
  const blocks = Number(/Buffers: shared hit=(\d+)/.exec(plan)?.[1]);
  const serverMs = Number(/Execution Time: ([\d.]+)/.exec(plan)?.[1]);
  const row = {
    classes: rows,
    'p50 ms': quantile(tookMs, 0.5).toFixed(1),
    'worst ms': quantile(tookMs, 1).toFixed(1),
    'server ms': serverMs,
    'blocks hit': blocks,
  };
  return { row, plan, blocks };
}

async function planOfLook(): Promise<string> {
  let plan = '';
  const explaining = {
    query: async (text: string, values: unknown[]) => {
      const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, BUFFERS) ${text}`,
        values,
      );
      plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      return { rows: [] };
    },
  };
  await new QueueStore(explaining as unknown as pg.Pool).windows(window);
  return plan;
}

async function lead() {
  const modelsPath = join(dir, 'models.json');
  await writeFile(modelsPath, JSON.stringify({ ...wanModelFiles, unet_gguf: models }));
  const simulator = await startSimulator([
    `--nodes=${nodes}`,
    `--models=${modelsPath}`,
    '--step-ms=500',
    '--load-ms=1000',
    '--output-size-bytes=1000',
  ]);
  const service = await serve(simulator.nodes.map(({ name, url }) => `${name}=${url}`).join(','));
  const client = new JobsClient(service.url);
  const began = performance.now();
  await eventually(() => client.nodesTakeWork(simulator.nodes.map(({ name }) => name)), {
    timeoutMs: 60_000,
    intervalMs: 500,
    what: 'ready nodes',
  });
  const readyMs = performance.now() - began;
  const before = histogramOf(await metrics(service), 'comfymux_scheduler_turn_seconds');
  const cpuBefore = await cpuSecondsOf(service.pid);
  const fromMs = performance.now();
  const resident: number[] = [];
  for (; performance.now() - fromMs < seconds * 1000; await sleep(500))
    resident.push(residentBytes(service.pid));
  const ledS = (performance.now() - fromMs) / 1000;
  const text = await metrics(service);
  const turns = histogramOf(text, 'comfymux_scheduler_turn_seconds', before);
  const cpu = (await cpuSecondsOf(service.pid)) - cpuBefore;
  const { rows } = await database.pool.query<{ state: string; count: number }>(
    `SELECT state::text, count(*)::int FROM job WHERE state <> 'queued' GROUP BY state`,
  );
  const of = (state: string) => rows.find((row) => row.state === state)?.count ?? 0;
  const peakBytes = peakResidentBytes(service.pid);
  const heap = ['used', 'total'].map((kind) => gauge(text, `comfymux_nodejs_heap_size_${kind}_bytes`));
  const external = gauge(text, 'comfymux_nodejs_external_memory_bytes');
  await service.stop();
  await simulator.stop();
  return {
    placed: of('succeeded') + of('active'),
    peakBytes,
    row: {
      'nodes ready after s': (readyMs / 1000).toFixed(1),
      succeeded: of('succeeded'),
      active: of('active'),
      failed: of('failed'),
      'RSS MB, p50': mb(quantile(resident, 0.5)),
      'RSS MB, max seen': mb(quantile(resident, 1)),
      'VmHWM MB': mb(peakBytes),
      'heap used / total MB': heap.map(mb).join(' / '),
      'external MB': mb(external),
      'turns/s': (turns.count / ledS).toFixed(1),
      'turn p50 ms': (quantileOf(turns, 0.5) * 1000).toFixed(1),
      'turn p99 ms': (quantileOf(turns, 0.99) * 1000).toFixed(1),
      'turn mean ms': ((turns.sum / turns.count) * 1000).toFixed(1),
      'CPU share, service': (cpu / ledS).toFixed(2),
      'load average': loadavg()[0]?.toFixed(1),
    },
  };
}

const mb = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

async function metrics({ url }: Service): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

const gauge = (text: string, name: string): number =>
  Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1]);
