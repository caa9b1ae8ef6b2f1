/**
 * 500 open event streams on one replica, while jobs come and end: how much later a reader hears of an end than the record has it,
 * with one stream and with 500; what the service's memory grows by; what `GET /v1/jobs` takes meanwhile.
 */
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Deployment, type Replica } from '../test/support/deployment.js';
import { residentBytes } from '../test/support/processes.js';
import { samplingGraph } from '../test/support/sampling-graph.js';
import { call, submitJob } from '../test/support/v1.js';
import { cpuSecondsOf } from './native/program.js';
import { quantile } from './quantile.js';

const streamsMax = 500;
const loadMs = 20_000;
const betweenSubmitsMs = 100;
/** Readers whose events are parsed. The others only read: 500 parsers would measure themselves. */
const measuredMax = 10;

let deployment: Deployment;
let replica: Replica;
const agent = new Agent({ maxSockets: Infinity });

beforeAll(async () => {
  deployment = await Deployment.create(['a', 'b', 'c', 'd'].map((name) => ({ name, loadMs: 1, stepMs: 1 })));
  replica = await deployment.start();
});
afterAll(async () => {
  agent.destroy();
  await deployment.destroy();
});

const ended = /"state":"succeeded".{0,2000}?"finished_at":"([^"]+)"/g;

/** Delays of ends, in milliseconds, as this reader heard them; without a list for them it only reads. */
async function openStream(delaysMs?: number[]): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${replica.url}/v1/events?types=job,progress,node,queue`, { agent }, resolve).once('error', reject);
  });
  const openedAtMs = Date.now();
  response.on('error', () => undefined);
  if (!delaysMs) return response.resume();
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const nowMs = Date.now();
    // What ended before is told once more to who has just come.
    for (const [, at = ''] of chunk.matchAll(ended))
      if (Date.parse(at) > openedAtMs) delaysMs.push(nowMs - Date.parse(at));
  });
  return response;
}

async function underLoad(streams: number) {
  const delaysMs: number[] = [];
  const listMs: number[] = [];
  const open = await Promise.all(
    Array.from({ length: streams }, async (_, index) =>
      openStream(index < measuredMax ? delaysMs : undefined),
    ),
  );
  await sleep(3_000);
  const cpuBeganS = await cpuSecondsOf(replica.pid);
  const untilMs = performance.now() + loadMs;
  while (performance.now() < untilMs) {
    void submitJob(replica.url, { graph: samplingGraph({ steps: 1 }) }).catch(() => undefined);
    const beganMs = performance.now();
    await call(`${replica.url}/v1/jobs?limit=20`);
    listMs.push(performance.now() - beganMs);
    await sleep(betweenSubmitsMs);
  }
  await sleep(3_000);
  const bytes = residentBytes(replica.pid);
  const cores = (1_000 * ((await cpuSecondsOf(replica.pid)) - cpuBeganS)) / (loadMs + 3_000);
  for (const response of open) response.destroy();
  return { heard: delaysMs.length, delaysMs, listMs, bytes, cores };
}

it('500 streams', async () => {
  await underLoad(1);
  const one = await underLoad(1);
  const many = await underLoad(streamsMax);
  for (const [name, { heard, delaysMs, listMs, bytes, cores }] of Object.entries({ one, many }))
    console.log(
      `${name}: ${heard} ends heard, delay p50 ${quantile(delaysMs, 0.5)} ms p99 ${quantile(delaysMs, 0.99)} ms; ` +
        `GET /v1/jobs p50 ${quantile(listMs, 0.5).toFixed(0)} ms p99 ${quantile(listMs, 0.99).toFixed(0)} ms; ` +
        `service ${(bytes / 1e6).toFixed(0)} MB, ${(cores * 100).toFixed(0)} % of a core`,
    );
  expect(many.heard).toBeGreaterThan(measuredMax);
});
