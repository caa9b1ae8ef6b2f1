/** Rows that no door lets in but a database may hold: each makes its own node unusable, and nothing else. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { call } from '../../support/v1.js';

interface NodeBody {
  id: string;
  url: string;
  source: string;
  admin: string;
  accepts_work: boolean;
  reason: string | null;
}

const poisonedUrls = [
  'http://127.0.0.1:1/#f',
  'http://127.0.0.1:1/?token=s3cret',
  'http://%zz@127.0.0.1:1',
  'http://u:%E0%A4%A@127.0.0.1:1',
  'http://169.254.169.254',
  'http://[fe80::1]',
  'ftp://127.0.0.1:1',
  'nonsense',
  '',
  'http://',
  'http://a b',
  'http://127.0.0.1:99999',
  'javascript:alert(1)',
  `http://127.0.0.1:1/${'/'.repeat(2400)}`,
  'moving:left-behind',
];
const poisonedRows = [
  ...poisonedUrls.map((url, at) => ({ id: `url-${at}`, url, weight: '1', labels: '{}' })),
  { id: 'nan', url: 'http://127.0.0.1:1/a', weight: 'NaN', labels: '{}' },
  { id: 'infinite', url: 'http://127.0.0.1:1/b', weight: 'Infinity', labels: '{}' },
  { id: 'null-labels', url: 'http://127.0.0.1:1/c', weight: '1', labels: 'null' },
  { id: 'deep-labels', url: 'http://127.0.0.1:1/d', weight: '1', labels: '{"a":{"b":[1]}}' },
  // As much as the index of addresses holds when it is packed, and labels of a megabyte.
  { id: 'huge-url', url: `http://127.0.0.1:1/${'a'.repeat(100_000)}`, weight: '1', labels: '{}' },
  {
    id: 'huge-labels',
    url: 'http://127.0.0.1:1/f',
    weight: '1',
    labels: JSON.stringify({ a: 'x'.repeat(1_000_000) }),
  },
  { id: 'line\nbreak', url: 'http://127.0.0.1:1/e', weight: '-1', labels: '[]' },
];

let deployment: Deployment;
let replica: Replica;

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'good-1' }, { name: 'good-2' }]);
  for (const { id, url, weight, labels } of poisonedRows)
    await deployment.database!.pool.query(
      `INSERT INTO node (id, url, source, weight, labels) VALUES ($1, $2, 'api', $3::float8, $4::jsonb)`,
      [id, url, weight, labels],
    );
  replica = await deployment.start();
});
afterAll(() => deployment.destroy());

const nodes = async (): Promise<NodeBody[]> =>
  (await call<{ nodes: NodeBody[] }>(`${replica.url}/v1/nodes`)).body.nodes;

test('a registry with twenty poisoned rows starts, serves the good nodes and shows the others with reasons', async () => {
  const all = await nodes();
  expect(all).toHaveLength(poisonedRows.length + 2);
  const bad = all.filter(({ id }) => !id.startsWith('good'));
  expect(
    bad.every(({ accepts_work, reason }) => !accepts_work && reason!.startsWith('it cannot be used: ')),
  ).toBe(true);
  expect(JSON.stringify(all)).not.toContain('s3cret');
  const health = await call(`${replica.url}/readyz`);
  expect(health.status).toBe(200);
  const job = await replica.jobs.ended(await replica.jobs.submit(samplingGraph()));
  expect(job.state).toBe('succeeded');
});

test('they stop no registration, change, drain or removal, their own included', async () => {
  const added = await call(`${replica.url}/v1/nodes`, 'POST', { id: 'added', url: 'http://127.0.0.1:9' });
  expect(added.status).toBe(201);
  const drained = await call<NodeBody>(`${replica.url}/v1/nodes/good-2/drain`, 'POST');
  expect(drained).toMatchObject({ status: 200, body: { id: 'good-2' } });
  expect((await call(`${replica.url}/v1/nodes/good-2/undrain`, 'POST')).status).toBe(200);
  expect((await call(`${replica.url}/v1/nodes/url-3/drain`, 'POST')).status).toBe(200);
  const mended = await call<NodeBody>(`${replica.url}/v1/nodes/url-0`, 'PATCH', { url: deploymentUrl() });
  // Its owner has not told of it yet, or is asking it.
  expect(mended).toMatchObject({ status: 200, body: { id: 'url-0', source: 'api' } });
  expect(['unknown', 'probing']).toContain(mended.body.reason);
  expect((await call(`${replica.url}/v1/nodes/url-1`, 'DELETE')).status).toBe(204);
  expect((await call(`${replica.url}/v1/nodes/added`, 'DELETE')).status).toBe(204);
  expect(await nodes()).toHaveLength(poisonedRows.length + 1);
});

const deploymentUrl = (): string => `${deployment.nodes[0]!.url}/other`;

test.each([
  'http://127.0.0.1:1/#f',
  'http://127.0.0.1:1/?a=b',
  'http://%zz@127.0.0.1:1',
  'http://169.254.169.254/',
  'http://[::ffff:169.254.169.254]',
  `http://127.0.0.1:1/${'a'.repeat(2100)}`,
  'ftp://127.0.0.1',
  'nonsense',
])('no door lets %s in', async (url) => {
  const post = await call(`${replica.url}/v1/nodes`, 'POST', { id: 'refused', url });
  expect([post.status, (await call(`${replica.url}/v1/nodes/good-1`, 'PATCH', { url })).status]).toEqual([
    422, 422,
  ]);
  expect((await call(`${replica.url}/v1/nodes/refused`)).status).toBe(404);
});

test("another node's address is a conflict, and a new address leaves the source as it was", async () => {
  const other = await call(`${replica.url}/v1/nodes/good-1`, 'PATCH', { url: deployment.nodes[1]!.url });
  expect(other).toMatchObject({ status: 409, body: { code: 'conflict' } });
  const moved = await call<NodeBody>(`${replica.url}/v1/nodes/good-1`, 'PATCH', {
    url: `${deployment.nodes[0]!.url}/moved/`,
  });
  expect(moved).toMatchObject({
    status: 200,
    body: { source: 'env', url: `${deployment.nodes[0]!.url}/moved` },
  });
});
