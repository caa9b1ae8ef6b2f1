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
import { nativeSubmit, readsOf, submitsOf, tenantSubmit, uploadOf } from './doors.js';
import { dearestStatements, flushMsOf, yardstickMs } from './meters.js';
import { answersOf, costsOf, ms, Page } from './page.js';
import { type Answers, Scene, type SceneOptions } from './scene.js';

const isFull = process.env['BENCH_FULL'] === '1';
const seconds = Number(process.env['BENCH_SECONDS'] ?? (isFull ? 8 : 3));
const clientCounts = (process.env['BENCH_CLIENTS'] ?? '1,16,64').split(',').map(Number);
const manyTenants = 50;
const page = new Page();

afterAll(() =>
  page.write(process.env['BENCH_PAGE'] ?? new URL('../../docs/performance.md', import.meta.url)),
);

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
    expect(await scene.load({ ...upload, clients: 1, seconds: 10, requests: 1 })).toMatchObject({
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
    await scene.load({ ...many, seconds: 1 });
    page.table('submits at `/v1/jobs` by tenant', 'a second', 'p50 ms', 'p99 ms');
    const row = (name: string, answers: Answers): void => {
      expect(answers.faults).toEqual([]);
      page.row(name, ...answersOf(answers));
    };
    row('one tenant with 64 clients, alone', await scene.load({ ...one, seconds }));
    row(`${manyTenants} tenants with one client each, alone`, await scene.load({ ...many, seconds }));
    const both = await Promise.all([scene.load({ ...one, seconds }), scene.load({ ...many, seconds })]);
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
  for (const clients of clientCounts) {
    const bare = await scene.load({ ...nativeSubmit(scene.nodeUrls[0]!), clients, seconds: 1 });
    page.row('bare simulated node', String(clients), ...answersOf(bare), '', '', '', '');
    ids = [];
    for (const [name, request] of Object.entries(submitsOf(scene))) {
      await scene.load({ ...request, clients, seconds: 0.7 });
      await scene.meters.begin();
      const answers = await scene.load({ ...request, clients, seconds });
      const cost = await scene.meters.end();
      page.row(name, String(clients), ...answersOf(answers), ...costsOf(cost, answers.answered));
      expect(answers.faults).toEqual([]);
      expect(await scene.count('job WHERE id = ANY ($1::uuid[])', [answers.ids])).toBe(answers.answered);
      ids.push(answers.ids[0]!);
    }
  }
  return ids;
}

async function measureReads(scene: Scene, ids: string[]): Promise<void> {
  page.table('read, 16 clients', 'a second', 'p50 ms', 'p99 ms', 'service ms CPU', 'PostgreSQL ms CPU');
  for (const [name, url] of Object.entries(readsOf(scene, ids[0]!, ids.at(-1)!))) {
    await scene.load({ url, clients: 16, seconds: 0.5 });
    await scene.meters.begin();
    const answers = await scene.load({ url, clients: 16, seconds });
    const cost = await scene.meters.end();
    page.row(name, ...answersOf(answers), ...costsOf(cost, answers.answered).slice(0, 2));
    expect(answers.faults).toEqual([]);
  }
}

const scenes = [
  { nodes: 3, stepMs: 20, jobs: 300 },
  { nodes: 33, stepMs: 20, jobs: 1500 },
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
it.each(scenes.filter(({ nodes, stepMs }) => !told || told.split(',').includes(`${nodes}x${stepMs}`)))(
  'whole path: $nodes nodes, runs of $stepMs ms',
  async ({ nodes, stepMs, jobs }) => {
    await within({ nodes, stepMs }, async (scene) => {
      await measurePath(scene, { nodes, stepMs, jobs });
      expect(await succeeded(scene)).toBe(jobs + warmUpJobsOf({ nodes, stepMs }));
    });
  },
);

let hasHead = false;

async function measurePath(
  scene: Scene,
  { nodes, stepMs, jobs }: SceneOptions & { jobs: number },
): Promise<void> {
  const before = `${loadavg()[0]!.toFixed(1)}; ${ms(yardstickMs())}`;
  await warmUp(scene, warmUpJobsOf({ nodes, stepMs }));
  const idle = await idleMsPerSecond(scene);
  await scene.admin('drain');
  const request = nativeSubmit(scene.service.nativeUrl);
  const { answered, faults } = await scene.load({ ...request, clients: 16, seconds: 60, requests: jobs });
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
  const runs = await runsSince(scene, Number(rows[0]?.at));
  page.row(
    `${nodes} nodes, runs of ${stepMs} ms`,
    before,
    runs.perSecond.toFixed(0),
    `${(100 * runs.busyShare).toFixed(1)} %`,
    ms(runs.gapP50Ms),
    ms(runs.gapP99Ms),
    ...costsOf(cost, answered),
    (await rssMbOf(scene.service.pid)).toFixed(0),
    idle,
  );
  if (process.env['BENCH_GAPS'] === '1') await tellGaps(scene, Number(rows[0]?.at));
  if (process.env['BENCH_STATEMENTS'] === '1')
    for (const line of await dearestStatements(scene.pool, answered)) process.stdout.write(`${line}\n`);
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
  await scene.load({ ...request, clients: 16, seconds: 60, requests });
  await eventually(async () => (await succeeded(scene)) >= requests, {
    timeoutMs: 120_000,
    intervalMs: 100,
    what: 'the first jobs',
  });
}

/** What passed in the longest gaps: for whoever looks where they come from. Milliseconds since the run before had ended, by two clocks. */
async function tellGaps(scene: Scene, sinceMs: number): Promise<void> {
  const { rows } = await scene.pool.query<Record<string, unknown>>(
    `WITH runs AS (
       SELECT a.*, r.started_at_ms AS began, lag(r.ended_at_ms) OVER of_node AS before, lag(r.started_at_ms) OVER of_node AS previous_began,
         lag(a.running_at) OVER of_node AS previous_running_at, lag(a.created_at) OVER of_node AS previous_created_at,
         lag(a.collecting_at) OVER of_node AS previous_collecting_at, lag(a.expected_ms) OVER of_node AS expected
       FROM job_run r JOIN attempt a ON a.job_id = r.job_id AND a.outcome = 'ok' WHERE r.started_at_ms >= $1
       WINDOW of_node AS (PARTITION BY a.node_id ORDER BY r.started_at_ms)),
     moments AS (SELECT *, before / 1000.0 AS ended FROM runs WHERE before IS NOT NULL)
     SELECT node_id AS node, no, slot, (m.began - before)::int AS gap, (before - $1)::int AS at, round(expected) AS expected,
       ${sinceTheEnd('previous_created_at')} AS "before: placed", (previous_began - before)::int AS began, ${sinceTheEnd('previous_running_at')} AS "begin heard",
       ${sinceTheEnd('previous_collecting_at')} AS "end heard", ${sinceTheEnd('created_at')} AS placed, ${sinceTheEnd('sending_at')} AS sending, ${sinceTheEnd('accepted_at')} AS accepted
     FROM moments m ORDER BY m.began - before DESC LIMIT 14`,
    [sinceMs],
  );
  for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
}

const sinceTheEnd = (column: string): string => `round(1000 * (extract(epoch FROM ${column}) - ended))::int`;

const succeeded = async (scene: Scene): Promise<number> => scene.count(`job WHERE state = 'succeeded'`);

interface Runs {
  perSecond: number;
  busyShare: number;
  gapP50Ms: number;
  gapP99Ms: number;
}

/** By the nodes' own clocks: gaps are from the end of one run to the start of the next on the same node. */
async function runsSince(scene: Scene, sinceMs: number): Promise<Runs> {
  const { rows } = await scene.pool.query<Runs>(
    `WITH runs AS (
       SELECT a.node_id, r.started_at_ms AS began, r.ended_at_ms AS ended,
         r.started_at_ms - lag(r.ended_at_ms) OVER (PARTITION BY a.node_id ORDER BY r.started_at_ms) AS gap
       FROM job_run r JOIN attempt a ON a.job_id = r.job_id AND a.outcome = 'ok' WHERE r.started_at_ms >= $1)
     SELECT (count(*) * 1000 / GREATEST(max(ended) - min(began), 1))::float8 AS "perSecond",
       (sum(ended - began) / NULLIF(sum(ended - began) + sum(gap), 0))::float8 AS "busyShare",
       percentile_cont(0.5) WITHIN GROUP (ORDER BY gap)::float8 AS "gapP50Ms",
       percentile_cont(0.99) WITHIN GROUP (ORDER BY gap)::float8 AS "gapP99Ms"
     FROM runs`,
    [sinceMs],
  );
  return rows[0]!;
}
