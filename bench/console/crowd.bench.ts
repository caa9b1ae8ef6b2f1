/**
 * 500 open consoles on one replica while jobs come and end: what requests of `/v1` take, and how much later an event is heard than
 * with one console. CONSOLES says how many, SETTLE_MS after what time a changed list is read again.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { foreseenSettleMs, residencySeconds, statsSeconds } from '../../console/src/api/pace.js';
import { Deployment, type Replica } from '../../test/support/deployment.js';
import { residentBytes } from '../../test/support/processes.js';
import { samplingGraph } from '../../test/support/sampling-graph.js';
import { call, submitJob } from '../../test/support/v1.js';
import { cpuSecondsOf, Program, waitedSecondsOf } from '../native/program.js';
import { quantile } from '../quantile.js';

const consolesMax = Number(process.env['CONSOLES'] ?? 500);
const settleMs = Number(process.env['SETTLE_MS'] ?? foreseenSettleMs);
const rampMs = 15_000;
const loadMs = 45_000;
const betweenSubmitsMs = 100;

const nodes = ['a', 'b', 'c', 'd'];
const residency = nodes.map((name) => `/v1/nodes/${name}/residency`);
const lists = [
  '/v1/jobs?state=active&limit=200',
  '/v1/jobs?state=queued&limit=200',
  '/v1/jobs?state=succeeded&limit=12',
];
/** What an open overview asks: console/src/api/queries.ts. */
const overview = {
  stream: '/v1/events?types=job,progress,queue,node',
  first: [
    '/v1/me',
    '/v1/nodes?limit=500',
    '/v1/queue',
    '/v1/stats',
    '/v1/readiness/alike',
    ...residency,
    ...lists,
  ],
  every: [
    { path: '/v1/stats', seconds: statsSeconds },
    ...residency.map((path) => ({ path, seconds: residencySeconds })),
    { path: '/v1/nodes?limit=500', seconds: 120 },
    ...['/v1/queue', ...lists].map((path) => ({ path, seconds: 60 })),
    { path: '/v1/readiness/alike', seconds: 360 },
  ],
  afterJobs: lists,
};

interface Report {
  tookMs: number[];
  delaysMs: number[];
  bytes: number;
  faults: [string, number][];
}

let deployment: Deployment;
let replica: Replica;
beforeAll(async () => {
  deployment = await Deployment.create(nodes.map((name) => ({ name, loadMs: 1, stepMs: 1 })));
  replica = await deployment.start();
});
afterAll(async () => {
  await deployment?.destroy();
});

/** Of those who are no consoles: what a program's submit and list take. */
async function work(untilMs: number): Promise<number[]> {
  const tookMs: number[] = [];
  const timed = async (asked: Promise<unknown>): Promise<void> => {
    const beganMs = performance.now();
    await asked;
    tookMs.push(performance.now() - beganMs);
  };
  while (performance.now() < untilMs) {
    await timed(submitJob(replica.url, { graph: samplingGraph({ steps: 1 }) }));
    await timed(call(`${replica.url}/v1/jobs?limit=20`));
    await sleep(betweenSubmitsMs);
  }
  return tookMs;
}

const told = (name: string, ms: number[]): string =>
  `${name} (${ms.length}) p50 ${quantile(ms, 0.5).toFixed(0)} p99 ${quantile(ms, 0.99).toFixed(0)} ms`;

async function withConsoles(consoles: number) {
  const crowd = await Program.start('../console/crowd', {
    url: replica.url,
    consoles,
    rampMs,
    settleMs,
    ...overview,
  });
  await work(performance.now() + 5_000);
  crowd.tell('begin');
  const [cpuS, crowdS, waitedS] = [
    await cpuSecondsOf(replica.pid),
    await crowd.cpuSeconds(),
    await waitedSecondsOf(replica.pid),
  ];
  const ofOthersMs = await work(performance.now() + loadMs);
  const share = (seconds: number): string => `${((100_000 * seconds) / loadMs).toFixed(0)} %`;
  const costs = `service ${share((await cpuSecondsOf(replica.pid)) - cpuS)} of a core, ready without one ${share((await waitedSecondsOf(replica.pid)) - waitedS)}, consoles ${share((await crowd.cpuSeconds()) - crowdS)}, ${(residentBytes(replica.pid) / 1e6).toFixed(0)} MB`;
  const report = (await crowd.report()) as Report;
  await crowd.stop();
  console.log(
    `${consoles} consoles: ${told('asks of consoles', report.tookMs)}; ${told('asks of others', ofOthersMs)}; ` +
      `${told('ends heard', report.delaysMs)}; ${(report.bytes / 1e6).toFixed(0)} MB sent; ${costs}; load ${loadavg()[0]?.toFixed(1)}` +
      (report.faults.length > 0 ? `; faults ${JSON.stringify(report.faults)}` : ''),
  );
  return { report, ofOthersMs };
}

it(`${consolesMax} consoles`, async () => {
  await withConsoles(1);
  const one = await withConsoles(1);
  const many = await withConsoles(consolesMax);
  console.log(
    `added delay of an event, p99: ${quantile(many.report.delaysMs, 0.99) - quantile(one.report.delaysMs, 0.99)} ms`,
  );
  expect(many.report.faults).toEqual([]);
  expect(many.report.delaysMs.length).toBeGreaterThan(0);
});
