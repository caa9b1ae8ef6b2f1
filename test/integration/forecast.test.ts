/** What would become of a submit, told by any replica, and nothing of it done. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wanModelFiles } from '../../src/programs/simulator/index.js';
import { batchWhen, painter, paintings, sendBatch } from '../support/batches.js';
import { Deployment, type Replica } from '../support/deployment.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { call, workflow } from '../support/v1.js';

interface Expected {
  p50: string;
  p90: string;
}
interface ForecastBody {
  ready: boolean;
  node_id: string | null;
  start: Expected | null;
  end: Expected | null;
  queue_position: number;
  load: { model: string; size_bytes: number; seconds: number }[];
  waiting_for: string | null;
  nodes: { id: string; ready: boolean | null; missing: { models: { value: string }[] } | null }[];
}

let deployment: Deployment;
let replicas: Replica[];

beforeAll(async () => {
  deployment = await Deployment.create([
    { name: 'has' },
    { name: 'lacks', models: { ...wanModelFiles, unet_gguf: [] } },
  ]);
  replicas = [await deployment.start(), await deployment.start()];
  await call(`${replicas[0]!.url}/v1/workflows/painter`, 'PUT', painter);
});
afterAll(async () => deployment.destroy());

const ask = async (body: unknown, at = 0) =>
  call<ForecastBody>(`${replicas[at]!.url}/v1/forecast`, 'POST', body);
const timesOf = ({ start, end }: ForecastBody): number[] =>
  [start?.p50, start?.p90, end?.p50, end?.p90].map((time) => Date.parse(time ?? ''));
async function rowsIn(table: string): Promise<number> {
  const { rows } = await deployment.database!.pool.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
  return Number(rows[0]?.count);
}

describe.each([0, 1])('POST /v1/forecast at replica %i', (at) => {
  it('says where a workflow would run, when, what must be loaded, and what the other node lacks', async () => {
    // Neither is the address asked, nor the job made.
    const inputs = { prompt: 'a', image: { url: 'https://pictures.example/a.png' } };
    const told = await eventually(async () => {
      const { status, body } = await ask({ workflow, inputs }, at);
      expect(status).toBe(200);
      return body.start !== null && body;
    });
    expect(told).toMatchObject({ ready: true, node_id: 'has', queue_position: 1, waiting_for: null });
    expect(told.load.map(({ model }) => model)).toContain(wanModelFiles['unet_gguf']?.[0]);
    expect(told.load.every(({ seconds, size_bytes: bytes }) => seconds > 0 && bytes > 0)).toBe(true);
    const [startP50 = 0, startP90 = 0, endP50 = 0, endP90 = 0] = timesOf(told);
    expect(startP50).toBeGreaterThan(Date.now());
    expect(startP90).toBeGreaterThanOrEqual(startP50);
    expect(endP50).toBeGreaterThan(startP50);
    expect(endP90).toBeGreaterThan(endP50);
    const lacking = told.nodes.find(({ id }) => id === 'lacks');
    expect(lacking).toMatchObject({ ready: false, missing: { models: expect.any(Array) as unknown } });
    expect(lacking?.missing?.models.length).toBeGreaterThan(0);
    expect([await rowsIn('job'), await rowsIn('asset')]).toEqual([0, 0]);
  });

  it('says that nobody can run a graph whose class no node has', async () => {
    const graph = samplingGraph() as Record<string, object>;
    graph['odd'] = { class_type: 'SaveNothingKnown', inputs: { images: ['8', 0] } };
    const { status, body } = await ask({ graph }, at);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { ready: false, node_id: null, start: null, end: null, load: [] },
    });
    expect(body.waiting_for).toContain('no node');
  });

  it.each([
    ['no JSON', '{', 400],
    ['neither of the two', {}, 422],
    ['an unknown workflow', { workflow: 'none' }, 404],
    ['an input that does not fit', { workflow: 'painter', inputs: { width: 'wide' } }, 422],
    ['a graph that is none', { graph: { 1: 'x' } }, 400],
    ['a priority there is none of', { workflow: 'painter', priority: 7 }, 422],
  ])('refuses %s as a submit does', async (_what, body, status) =>
    expect(await ask(body, at)).toMatchObject({ status }),
  );
});

it('knows what runs of the workflow took, and what waits before it', async () => {
  const learned = await sendBatch(replicas[0]!.url, { jobs: paintings(12) });
  await batchWhen(replicas[0]!, learned.body.id, ({ ended }) => ended);
  // The leader writes down what it has learned every ten seconds, and others read it.
  const quick = await eventually(
    async () => {
      const { body } = await ask({ workflow: 'painter' }, 1);
      const [start = 0, , end = 0] = timesOf(body);
      return end - start < 60_000 && body;
    },
    { timeoutMs: 60_000, intervalMs: 500 },
  );
  expect(quick).toMatchObject({ ready: true, load: [] });
  for (const node of ['has', 'lacks']) await call(`${replicas[0]!.url}/v1/nodes/${node}/drain`, 'POST', {});
  const waiting = await sendBatch(replicas[0]!.url, { jobs: paintings(40) });
  const stopped = await eventually(async () => {
    const { body } = await ask({ workflow: 'painter' }, 1);
    return !body.ready && body;
  });
  expect(stopped).toMatchObject({ node_id: null, start: null, queue_position: 41 });
  expect(stopped.waiting_for).toContain('no node that takes work');
  const urgent = await ask({ workflow: 'painter', priority: 3 }, 1);
  expect(urgent.body.queue_position).toBe(1);
  await call(`${replicas[0]!.url}/v1/batches/${waiting.body.id}/cancel`, 'POST');
});
