/**
 * What a job costs: `npm run bench:throughput`. Submits while no node takes work, reads, and whole paths, each with the CPU of the service
 * and of PostgreSQL, statements and flushes per job; beside a bare simulated node in the same run. PostgreSQL is durable.
 * On a machine with other work times mean little: costs per job do. Writes the tables of docs/performance.md, or of BENCH_PAGE.
 * BENCH_FULL=1 measures larger clusters and longer; BENCH_STATEMENTS=1 also tells the dearest statements of each whole path, BENCH_GAPS=1 its
 * longest gaps.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { eventually } from '../../test/support/poll.js';
import { rssMbOf } from '../native/program.js';
import { batchSubmit, nativeSubmit, readsOf, submitsOf, tenantSubmit, uploadOf } from './doors.js';
import type { Bar } from './bars.js';
import { tellGaps } from './gaps.js';
import { dearestStatements, flushMsOf, yardstickMs } from './meters.js';
import { answersOf, costsOf, ms, Page } from './page.js';
import { figuresOf, type Run } from './runs.js';
import { type Answers, loaded, Scene, type SceneOptions } from './scene.js';

const isFull = process.env['BENCH_FULL'] === '1';
const seconds = Number(process.env['BENCH_SECONDS'] ?? (isFull ? 8 : 3));
const clientCounts = (process.env['BENCH_CLIENTS'] ?? '1,16,64').split(',').map(Number);
const manyTenants = 50;
const batchJobs = 500;
const page = new Page('measured');

afterAll(() => {
  if (pathBars.length > 0)
    page.plot('cpu.svg', 'CPU of service and PostgreSQL for a whole job', 'ms', pathBars);
  page.write();
});

async function within(options: SceneOptions, measure: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = await Scene.open(options);
  try {
    await measure(scene);
  } finally {
    await scene.close();
  }
}

it('submits and reads', async () => {
  await within({ nodes: 3, stepMs: 20 }, async (scene) => {
    page.say(
      `Load average before ${loadavg()[0]!.toFixed(1)}; one flush ${ms(await flushMsOf(scene.pool))} ms; yardstick ${ms(yardstickMs())} ms of CPU.`,
    );
    await scene.admin('drain');
    const upload = uploadOf(scene.service.url);
    expect(await loaded({ ...upload, clients: 1, seconds: 10, requests: 1 })).toMatchObject({
      answered: 1,
    });
    await measureReads(scene, await measureSubmits(scene));
  });
});

it('is fair to tenants', async () => {
  await within({ nodes: 1, stepMs: 20 }, async (scene) => {
    await scene.admin('drain');
    await makeTenants(scene, ['one', ...Array.from({ length: manyTenants }, (_, no) => `t${no}`)]);
    const one = { ...tenantSubmit(scene, 'one'), clients: 64 };
    const many = { ...tenantSubmit(scene, 't{client}'), clients: manyTenants };
    await loaded({ ...many, seconds: 1 });
    page.table('submits at `/v1/jobs` by tenant', 'a second', 'p50 ms', 'p99 ms');
    const row = (name: string, answers: Answers): void => {
      expect(answers.faults).toEqual([]);
      page.row(name, ...answersOf(answers));
    };
    row('one tenant with 64 clients, alone', await loaded({ ...one, seconds }));
    row(`${manyTenants} tenants with one client each, alone`, await loaded({ ...many, seconds }));
    const both = await Promise.all([loaded({ ...one, seconds }), loaded({ ...many, seconds })]);
    row('the one, both at once', both[0]);
    row('the many, both at once', both[1]);
  });
});

async function makeTenants(scene: Scene, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const answer = await fetch(`${scene.service.url}/v1/tenants/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(answer.ok).toBe(true);
  }
}

/** Answers an id of a job of each door. */
async function measureSubmits(scene: Scene): Promise<string[]> {
  page.table(
    'submit, no node taking work',
    'clients',
    'a second',
    'p50 ms',
    'p99 ms',
    'service ms CPU',
    'PostgreSQL ms CPU',
    'statements',
    'flushes',
  );
  let ids: string[] = [];
  const bars: Bar[] = [];
  for (const clients of clientCounts) {
    const bare = await loaded({ ...nativeSubmit(scene.nodeUrls[0]!), clients, seconds: 1 });
    page.row('bare simulated node', String(clients), ...answersOf(bare), '', '', '', '');
    bars.push({ name: `bare simulated node, ${clients}`, value: bare.perSecond });
    ids = [];
    for (const [name, request] of Object.entries(submitsOf(scene))) {
      await loaded({ ...request, clients, seconds: 0.7 });
      await scene.pool.query('SELECT pg_stat_statements_reset()');
      await scene.meters.begin();
      const answers = await loaded({ ...request, clients, seconds });
      const cost = await scene.meters.end();
      await tellStatements(scene, answers.answered);
      page.row(name, String(clients), ...answersOf(answers), ...costsOf(cost, answers.answered));
      bars.push({ name: `${name}, ${clients}`, value: answers.perSecond });
      expect(answers.faults).toEqual([]);
      expect(await scene.count('job WHERE id = ANY ($1::uuid[])', [answers.ids])).toBe(answers.answered);
      ids.push(answers.ids[0]!);
    }
  }
  await measureBatches(scene);
  page.plot('submits.svg', 'Submits a second by door and number of clients', '/s', bars);
  return ids;
}

/** Figures are of jobs, times of whole batches. */
async function measureBatches(scene: Scene): Promise<void> {
  const request = { ...batchSubmit(scene, batchJobs), clients: 1 };
  await loaded({ ...request, seconds: 1 });
  const before = await scene.count('job');
  await scene.meters.begin();
  const answers = await loaded({ ...request, seconds });
  const cost = await scene.meters.end();
  const jobs = answers.answered * batchJobs;
  const figures = answersOf({ ...answers, perSecond: answers.perSecond * batchJobs });
  page.row(`\`/v1/jobs/batch\`, ${batchJobs} jobs a call`, '1', ...figures, ...costsOf(cost, jobs));
  expect(answers.faults).toEqual([]);
  expect((await scene.count('job')) - before).toBe(jobs);
}

async function measureReads(scene: Scene, ids: string[]): Promise<void> {
  page.table('read, 16 clients', 'a second', 'p50 ms', 'p99 ms', 'service ms CPU', 'PostgreSQL ms CPU');
  for (const [name, url] of Object.entries(readsOf(scene, ids[0]!, ids.at(-1)!))) {
    await loaded({ url, clients: 16, seconds: 0.5 });
    await scene.meters.begin();
    const answers = await loaded({ url, clients: 16, seconds });
    const cost = await scene.meters.end();
    page.row(name, ...answersOf(answers), ...costsOf(cost, answers.answered).slice(0, 2));
    expect(answers.faults).toEqual([]);
  }
}

const scenes: (SceneOptions & { jobs: number })[] = [
  { nodes: 3, stepMs: 20, jobs: 300 },
  { nodes: 33, stepMs: 20, jobs: 1500 },
  { nodes: 33, stepMs: 20, jobs: 1500, replicas: 2 },
  { nodes: 3, stepMs: 1000, jobs: 30 },
  { nodes: 33, stepMs: 1000, jobs: 330 },
  ...(isFull
    ? [
        { nodes: 50, stepMs: 20, jobs: 3000 },
        { nodes: 50, stepMs: 1000, jobs: 1500 },
        { nodes: 10, stepMs: 2000, jobs: 100 },
        { nodes: 200, stepMs: 20, jobs: 4000 },
        { nodes: 200, stepMs: 1000, jobs: 4000 },
      ]
    : []),
];
const told = process.env['BENCH_SCENES'];
it.each(
  scenes
    .filter(({ nodes, stepMs }) => !told || told.split(',').includes(`${nodes}x${stepMs}`))
    .map((options) => ({ ...options, name: nameOf(options) })),
)('whole path: $name', async (options) => {
  await within(options, async (scene) => {
    await measurePath(scene, options);
    expect(await succeeded(scene)).toBe(options.jobs + warmUpJobsOf(options));
  });
});

function nameOf({ nodes, stepMs, replicas = 1 }: SceneOptions): string {
  return `${nodes} nodes, runs of ${stepMs} ms${replicas > 1 ? `, ${replicas} replicas` : ''}`;
}

let hasHead = false;
const pathBars: Bar[] = [];

async function measurePath(
  scene: Scene,
  { name, jobs, ...options }: SceneOptions & { name: string; jobs: number },
): Promise<void> {
  const before = `${loadavg()[0]!.toFixed(1)}; ${ms(yardstickMs())}`;
  await warmUp(scene, warmUpJobsOf(options));
  const idle = await idleMsPerSecond(scene);
  await scene.admin('drain');
  const request = nativeSubmit(scene.service.nativeUrl);
  const { answered, faults } = await loaded({ ...request, clients: 16, seconds: 60, requests: jobs });
  expect(faults).toEqual([]);
  const endedBefore = await succeeded(scene);
  const { rows } = await scene.pool.query<{ at: number }>(
    `SELECT extract(epoch FROM now()) * 1000 AS at, pg_stat_statements_reset()`,
  );
  await scene.meters.begin();
  await scene.admin('undrain');
  await eventually(async () => (await succeeded(scene)) >= endedBefore + answered, {
    timeoutMs: 120_000,
    intervalMs: 250,
    what: 'the end of all jobs',
  });
  const cost = await scene.meters.end();
  if (!hasHead)
    page.table(
      'whole path, a backlog of prompts',
      'load; yardstick before',
      'jobs/s',
      'of the GPUs busy',
      'gap p50 ms',
      'gap p99 ms',
      'service ms CPU',
      'PostgreSQL ms CPU',
      'statements',
      'flushes',
      'service RSS MB',
      'idle: ms CPU a second',
    );
  hasHead = true;
  const sinceMs = Number(rows[0]?.at);
  const runs = figuresOf((await scene.nodes.report()) as Run[][], sinceMs);
  page.row(
    name,
    before,
    runs.perSecond.toFixed(0),
    `${(100 * runs.busyShare).toFixed(1)} %`,
    ms(runs.gapP50Ms),
    ms(runs.gapP99Ms),
    ...costsOf(cost, answered),
    (await rssMbOf(scene.service.pid)).toFixed(0),
    idle,
  );
  pathBars.push({ name, value: (cost.serviceCpuMs + cost.postgresCpuMs) / answered });
  if (process.env['BENCH_GAPS'] === '1') await tellGaps(scene, sinceMs);
  await tellStatements(scene, answered);
}

async function tellStatements(scene: Scene, jobs: number): Promise<void> {
  if (process.env['BENCH_STATEMENTS'] !== '1') return;
  for (const line of await dearestStatements(scene.pool, jobs)) process.stdout.write(`${line}\n`);
}

/** Of service and PostgreSQL with nothing to do but watch the nodes. */
async function idleMsPerSecond(scene: Scene): Promise<string> {
  await sleep(1500);
  await scene.meters.begin();
  await sleep(3000);
  const { serviceCpuMs, postgresCpuMs } = await scene.meters.end();
  return `${ms(serviceCpuMs / 3)} + ${ms(postgresCpuMs / 3)}`;
}

/** A replica is measured as it is after its first minute: by then the engine has compiled what each job runs through. */
const warmUpJobsOf = ({ nodes, stepMs }: SceneOptions): number => Math.max(4 * nodes, stepMs > 100 ? 0 : 600);

/** So that models are loaded, run times learned and statements prepared. */
async function warmUp(scene: Scene, requests: number): Promise<void> {
  const request = nativeSubmit(scene.service.nativeUrl);
  await loaded({ ...request, clients: 16, seconds: 60, requests });
  await eventually(async () => (await succeeded(scene)) >= requests, {
    timeoutMs: 120_000,
    intervalMs: 100,
    what: 'the first jobs',
  });
}

const succeeded = async (scene: Scene): Promise<number> => scene.count(`job WHERE state = 'succeeded'`);
