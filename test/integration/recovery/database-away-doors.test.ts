/** PostgreSQL is away for half a minute while runs are under way and clients ask at every door. Two replicas, no restart. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../../src/platform/database/index.js';
import { createLogger } from '../../../src/platform/logging/index.js';
import { NativeClient } from '../../contract/native/native-client.js';
import { Deployment, promptsOf, type Replica } from '../../support/deployment.js';
import { formOf, submit, videoOf } from '../../support/door-5014.js';
import { solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';

const awayMs = 30_000;
/** Of one sampler step: the short runs end while the database is away, the long ones after. */
const stepMs = 1_500;
const steps = { short: 4, long: 20 };
/** A client must be told, not left waiting. */
const answerMs = 10_000;

let dataDir: string;
let database: EmbeddedDatabase;
let deployment: Deployment;
let one: Replica;
let other: Replica;
let native: NativeClient;

const startDatabase = async (): Promise<EmbeddedDatabase> =>
  startEmbeddedDatabase({ dataDir, durable: false, log: createLogger({ level: 'silent' }) });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'comfymux-away-doors-'));
  database = await startDatabase();
  const names = ['first', 'second', 'third', 'fourth'];
  deployment = await Deployment.create(
    names.map((name) => ({ name, stepMs, loadMs: 1 })),
    database.url,
  );
  one = await deployment.start();
  other = await deployment.start();
  native = new NativeClient(other.nativeUrl);
});
afterAll(async () => {
  await native.close();
  await deployment.destroy();
  await database.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** One answer of each kind at each door: what it was, and how that door words that the database is away. */
const problem = { status: 503, code: 'database_unavailable', title: 'Service Unavailable' };
const detail = { detail: expect.stringContaining('try again') as string };
const comfyError = {
  error: {
    type: 'database_unavailable',
    message: expect.stringContaining('try again') as string,
    details: '',
    extra_info: {},
  },
  node_errors: {},
};

interface Call {
  url: string;
  body?: () => string | FormData;
  type?: string;
  worded: object;
}

function callsFor(jobId: string): Record<string, Call> {
  const json = 'application/json';
  const graph = (): string => JSON.stringify({ graph: samplingGraph() });
  const prompt = (): string => JSON.stringify({ prompt: samplingGraph() });
  const picture = (): FormData => {
    const form = new FormData();
    form.set('image', new Blob([new Uint8Array(solidPng([1, 2, 3]))]), 'away.png');
    return form;
  };
  const compat = (): string => JSON.stringify({ prompt: 'a pan', image_filename: 'picture.png' });
  return {
    'POST /v1/jobs': { url: `${one.url}/v1/jobs`, body: graph, type: json, worded: problem },
    'GET /v1/jobs/{id}': { url: `${one.url}/v1/jobs/${jobId}`, worded: problem },
    'POST /api/generate': { url: `${one.url}/api/generate`, body: compat, type: json, worded: detail },
    'POST /api/upload_and_generate': {
      url: `${one.url}/api/upload_and_generate`,
      body: () => formOf({}),
      worded: detail,
    },
    'POST /api/upload_and_generate_sync': {
      url: `${one.url}/api/upload_and_generate_sync`,
      body: () => formOf({}),
      worded: detail,
    },
    'GET /api/status/{id}': { url: `${one.url}/api/status/${jobId}`, worded: detail },
    'POST /prompt': { url: `${other.nativeUrl}/prompt`, body: prompt, worded: comfyError },
    'POST /upload/image': { url: `${other.nativeUrl}/upload/image`, body: picture, worded: comfyError },
    'GET /history': { url: `${other.nativeUrl}/history`, worded: comfyError },
    'GET /history/{id}': { url: `${other.nativeUrl}/history/${jobId}`, worded: comfyError },
    'GET /queue': { url: `${other.nativeUrl}/queue`, worded: comfyError },
    'GET /api/jobs': { url: `${other.nativeUrl}/api/jobs`, worded: comfyError },
  };
}

async function ask({ url, body, type }: Call) {
  const response = await fetch(url, {
    ...(body && { method: 'POST', body: body() }),
    ...(type !== undefined && { headers: { 'content-type': type } }),
    signal: AbortSignal.timeout(answerMs),
  });
  const text = await response.text();
  return { status: response.status, retryAfter: Number(response.headers.get('retry-after')), text };
}

async function expectToldApart(calls: Record<string, Call>): Promise<void> {
  await Promise.all(
    Object.entries(calls).map(async ([name, call]) => {
      const { status, retryAfter, text } = await ask(call);
      expect({ name, status }).toEqual({ name, status: 503 });
      expect({ name, comesBack: retryAfter > 0 && retryAfter <= 60 }).toEqual({ name, comesBack: true });
      expect({ name, body: JSON.parse(text) as unknown }).toMatchObject({ name, body: call.worded });
    }),
  );
}

/** What needs no record is served on. */
async function expectServedFromMemory(): Promise<void> {
  const paths = ['/system_stats', '/object_info', '/prompt', '/features'].map(
    (path) => other.nativeUrl + path,
  );
  for (const url of [`${one.url}/livez`, `${one.url}/health`, ...paths])
    expect({ url, status: (await ask({ url, worded: {} })).status }).toEqual({ url, status: 200 });
  expect((await ask({ url: `${one.url}/readyz`, worded: {} })).status).toBe(503);
}

async function sync(url: string, fields: Record<string, number>): Promise<string> {
  const body = formOf({ fields });
  const response = await fetch(`${url}/api/upload_and_generate_sync`, { method: 'POST', body });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`the sync route answered ${response.status} ${text}`);
  return (JSON.parse(text) as { prompt_id: string }).prompt_id;
}

async function expectEndedOnce(id: string): Promise<void> {
  const job = await one.jobs.ended(id, 120_000);
  expect(job.state).toBe('succeeded');
  expect(job.history.filter(({ outcome }) => outcome !== 'withdrawn')).toMatchObject([{ outcome: 'ok' }]);
  const prompts = promptsOf(job, deployment.nodes).filter(({ outcome }) => outcome !== 'deleted');
  expect(prompts).toMatchObject([{ outcome: 'success' }]);
}

it(
  'for 30 s disturbs no run, is told at every door in its own words, and nothing needs a restart afterwards',
  { timeout: 240_000 },
  async () => {
    const frames = await native.listen('ui');
    const waiting = sync(one.url, { steps: steps.short });
    const v1 = await one.jobs.submit(samplingGraph({ steps: steps.short }));
    const form = await submit(other.url, { fields: { steps: steps.long } });
    const drawn = await native.submit(samplingGraph({ steps: steps.long }), { client_id: 'ui' });
    await eventually(() => deployment.nodes.every((node) => node.record().at(-1)?.startedAt), {
      timeoutMs: 20_000,
      what: 'four runs',
    });
    const queued = await Promise.all([
      one.jobs.submit(samplingGraph({ steps: 1 })),
      submit(one.url),
      native.submit(samplingGraph({ steps: 1 })),
    ]);

    await database.stop();
    const backAtMs = performance.now() + awayMs;
    const calls = callsFor(v1);
    await expectToldApart(calls);
    await expectServedFromMemory();
    // What was on its way has landed by now.
    const begun = new Set(deployment.nodes.flatMap((node) => node.record().map(({ promptId }) => promptId)));
    while (performance.now() < backAtMs - 3_000) {
      await sleep(2_000);
      await expectToldApart(calls);
    }
    expect(frames.socket.readyState).toBe(WebSocket.OPEN);
    const late = await native.listen('late');
    // Two runs have ended and wait at their nodes; two go on. None was stopped, and no prompt came.
    const records = deployment.nodes.flatMap((node) => node.record());
    const ran = records.filter(({ startedAt }) => startedAt !== null);
    expect(ran.filter(({ outcome }) => outcome === 'success').length).toBeGreaterThanOrEqual(2);
    expect(ran.filter(({ outcome }) => outcome !== 'success' && outcome !== null)).toEqual([]);
    expect(records.filter(({ promptId }) => !begun.has(promptId))).toEqual([]);
    await sleep(Math.max(0, backAtMs - performance.now()));

    database = await startDatabase();
    await eventually(async () => (await ask({ url: `${one.url}/readyz`, worded: {} })).status === 200, {
      timeoutMs: 20_000,
      what: 'readiness',
    });
    for (const id of [await waiting, v1, form, drawn, ...queued]) await expectEndedOnce(id);
    await frames.untilEnd(drawn);
    expect(frames.storyOf(drawn).at(-1)).toBe('executing null');
    await videoOf(one.url, form);
    for (const id of [
      await other.jobs.submit(samplingGraph({ steps: 1 })),
      await submit(other.url),
      await native.submit(samplingGraph({ steps: 1 })),
    ])
      await expectEndedOnce(id);
    await Promise.all([frames, late].map(async (socket) => socket.close()));
  },
);
