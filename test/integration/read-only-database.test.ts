/** A database that takes no writes, as in the middle of a failover: every door says so and says when to come back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';

let deployment: Deployment;
let service: Replica;

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'sim' }]);
  service = await deployment.start();
});
afterAll(async () => {
  await setReadOnly('off');
  await deployment.destroy();
});

async function setReadOnly(state: 'on' | 'off'): Promise<void> {
  const { pool, url } = deployment.database!;
  const name = new URL(url).pathname.slice(1);
  const client = await pool.connect();
  await client.query('set default_transaction_read_only = off');
  await client.query(`alter database ${name} set default_transaction_read_only = ${state}`);
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
    [name],
  );
  client.release(true);
}

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

test('is a 503 at every door and not ready, and all is well after it', async () => {
  await setReadOnly('on');
  await eventually(async () => (await fetch(`${service.url}/readyz`)).status === 503, { what: 'not ready' });
  const graph = samplingGraph();
  const asked = [
    [`${service.url}/v1/jobs`, json({ graph })],
    [`${service.url}/api/v2/jobs`, json({ workflow: graph })],
    [`${service.url}/v1/nodes`, json({ id: 'late', url: 'http://127.0.0.1:9' })],
    [`${service.nativeUrl}/prompt`, json({ prompt: graph })],
    [`${service.nativeUrl}/settings/a`, json(1)],
  ] as const;
  for (const [url, init] of asked) {
    const response = await fetch(url, init);
    expect([url, response.status, response.headers.has('retry-after')]).toEqual([url, 503, true]);
  }
  expect((await fetch(`${service.url}/livez`)).status).toBe(200);
  await setReadOnly('off');
  await eventually(async () => (await fetch(`${service.url}/readyz`)).ok, {
    timeoutMs: 30_000,
    what: 'ready',
  });
  expect((await service.jobs.ended(await service.jobs.submit(samplingGraph()))).state).toBe('succeeded');
});
