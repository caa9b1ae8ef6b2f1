/**
 * 200 open event streams of Comfy API v2 on one replica: how much later a client hears of a job's end than the record has it, with one
 * stream and with 200 of one job, with 20 and with 200 over 200 jobs; and what the service's memory grows by.
 */
import { Agent, get } from 'node:http';
import { loadavg } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Deployment, type Replica } from '../test/support/deployment.js';
import { eventually } from '../test/support/poll.js';
import { residentBytes } from '../test/support/processes.js';
import { samplingGraph } from '../test/support/sampling-graph.js';
import { quantile } from './quantile.js';

const streamCount = 200;
const warmUps = 30;
const nodes = ['a', 'b', 'c', 'd'];

let deployment: Deployment;
let replica: Replica;
const agent = new Agent({ maxSockets: Infinity });

beforeAll(async () => {
  deployment = await Deployment.create(nodes.map((name) => ({ name, loadMs: 1, stepMs: 5 })));
  replica = await deployment.start();
  await eventually(
    async () =>
      (await (await fetch(`${replica.nativeUrl}/object_info/SaveImage`)).text()).includes('SaveImage'),
    { what: 'the classes of the cluster' },
  );
});
afterAll(async () => {
  agent.destroy();
  await deployment.destroy();
});

async function submit(steps: number): Promise<string> {
  const answer = await fetch(`${replica.url}/api/v2/jobs`, {
    method: 'POST',
    body: JSON.stringify({ workflow: samplingGraph({ steps }) }),
  });
  return ((await answer.json()) as { id: string }).id;
}

/** When this client heard of the end, by the clock that the record has too; `began` with the first frame. */
function listener(id: string): { id: string; began: Promise<void>; heard: Promise<number> } {
  let begin!: () => void;
  const began = new Promise<void>((resolve) => (begin = resolve));
  const heard = new Promise<number>((resolve, reject) => {
    let rest = '';
    get(`${replica.url}/api/v2/jobs/${id}/events`, { agent }, (answer) => {
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        begin();
        rest = (rest + chunk).slice(-2_000);
        if (rest.includes('"status":"succeeded"')) resolve(Date.now());
      });
      answer.once('close', () => reject(new Error('a stream ended early')));
    }).once('error', reject);
  });
  return { id, began, heard };
}

/** Asks for the ends in the record when all were heard, so that the asking is in nobody's way. */
async function delaysMs(listeners: readonly { id: string; heard: Promise<number> }[]): Promise<number[]> {
  const heard = await Promise.all(listeners.map(async ({ heard: at }) => at));
  const ends = new Map<string, number>();
  for (const { id } of listeners) {
    if (ends.has(id)) continue;
    const job = (await (await fetch(`${replica.url}/api/v2/jobs/${id}`)).json()) as { completed_at: string };
    ends.set(id, Date.parse(job.completed_at));
  }
  return listeners.map(({ id }, index) => (heard[index] ?? NaN) - (ends.get(id) ?? NaN));
}

const residentMb = (): number => residentBytes(replica.pid) / 2 ** 20;

function tell(what: string, delays: readonly number[]): void {
  const [p50, p99] = [quantile(delays, 0.5), quantile(delays, 0.99)];
  console.log(
    `${what}: ${delays.length} ends heard, delay p50 ${p50} ms p99 ${p99} ms max ${Math.max(...delays)} ms; service ${residentMb().toFixed(0)} MB; load ${loadavg()[0]?.toFixed(1)}`,
  );
}

/** One job after the other, so that nothing else is told. */
async function oneByOne(count: number): Promise<number[]> {
  const delays: number[] = [];
  for (let index = 0; index < count; index += 1) {
    delays.push(...(await delaysMs([listener(await submit(20))])));
  }
  return delays;
}

/**
 * As many jobs as there are streams, one in `every` with a listener. The nodes are held until every stream is there, so that the storm
 * of submits is not measured.
 */
async function jobsWithStreams(every: number): Promise<number[]> {
  const held = await Promise.all(nodes.map(async () => submit(10_000)));
  const ids = await Promise.all(Array.from({ length: streamCount }, async () => submit(20)));
  const listeners = ids.filter((_, index) => index % every === 0).map(listener);
  await Promise.all(listeners.map(async ({ began }) => began));
  for (const id of held) await fetch(`${replica.url}/api/v2/jobs/${id}/cancel`, { method: 'POST' });
  const delays = await delaysMs(listeners);
  await eventually(async () => (await waitingJobs()) === 0, { timeoutMs: 60_000, what: 'an empty queue' });
  return delays;
}

async function waitingJobs(): Promise<number> {
  const page = (await (await fetch(`${replica.url}/api/v2/jobs?status=queued,running`)).json()) as {
    jobs: unknown[];
  };
  return page.jobs.length;
}

it('200 streams', async () => {
  await oneByOne(warmUps);
  const one = await oneByOne(60);
  tell('one stream, one job', one);
  const beforeMb = residentMb();
  const few = [...(await jobsWithStreams(10)), ...(await jobsWithStreams(10))];
  tell('200 jobs, 20 streams', few);
  const jobs = await jobsWithStreams(1);
  tell('200 jobs, 200 streams', jobs);
  const shared: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const id = await submit(200);
    shared.push(...(await delaysMs(Array.from({ length: streamCount }, () => listener(id)))));
  }
  tell('one job, 200 streams', shared);
  console.log(`memory: ${(residentMb() - beforeMb).toFixed(0)} MB more`);
  for (const [what, delays, base] of [
    ['200 jobs', jobs, few],
    ['one job', shared, one],
  ] as const)
    console.log(`${what}: ${quantile(delays, 0.99) - quantile(base, 0.99)} ms more at p99`);
  expect(jobs.length + shared.length).toBe(6 * streamCount);
});
