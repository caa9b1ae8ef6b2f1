/** Equal work that may be shared is done once. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { painter } from '../../support/batches.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { call, jobWhen, succeeded } from '../../support/v1.js';

let deployment: Deployment;
let replicas: [Replica, Replica];

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'sim' }]);
  replicas = [await deployment.start(), await deployment.start()];
  await call(`${replicas[0].url}/v1/workflows/painter`, 'PUT', painter);
  await call(`${replicas[0].url}/v1/tenants/other`, 'PUT', {});
  await eventually(async () => (await call(`${replicas[1].url}/v1/tenants/other`)).status === 200);
});
afterAll(async () => deployment.destroy());

const submit = async (order: object, at = 0) =>
  call<{ id: string; reused?: true }>(`${replicas[at]!.url}/v1/jobs`, 'POST', order);
const painting = (colour: number, more: object = {}) => ({
  workflow: 'painter',
  inputs: { colour },
  reuse: 'queue',
  ...more,
});
const node = async (deed: 'drain' | 'undrain') => call(`${replicas[0].url}/v1/nodes/sim/${deed}`, 'POST', {});

it("is answered with the job that waits, at any replica, and with nobody else's", async () => {
  await node('drain');
  const first = await submit(painting(1));
  expect(first).toMatchObject({ status: 202, body: { id: expect.any(String) as unknown } });
  expect(first.body.reused).toBeUndefined();
  expect(await submit(painting(1), 1)).toMatchObject({
    status: 202,
    body: { id: first.body.id, reused: true },
  });
  for (const other of [
    painting(2),
    painting(1, { tenant: 'other' }),
    { workflow: 'painter', inputs: { colour: 1 } },
  ])
    expect((await submit(other, 1)).body.id).not.toBe(first.body.id);
  const graph = { graph: painter.graph, reuse: 'queue' };
  const drawn = await submit(graph);
  expect(await submit(graph, 1)).toMatchObject({ body: { id: drawn.body.id, reused: true } });
  await call(`${replicas[0].url}/v1/jobs/${first.body.id}/cancel`, 'POST');
  const again = await submit(painting(1));
  expect(again.body.id).not.toBe(first.body.id);
  await node('undrain');
  await jobWhen(replicas[0].url, again.body.id, succeeded);
});

it('is answered with what succeeded within a day, only when that was asked for', async () => {
  const first = await submit(painting(7, { reuse: '1d' }));
  await jobWhen(replicas[0].url, first.body.id, succeeded);
  expect(await submit(painting(7, { reuse: '1d' }), 1)).toMatchObject({
    body: { id: first.body.id, reused: true },
  });
  await deployment.database!.pool.query(
    `UPDATE job SET finished_at = finished_at - interval '25 hours' WHERE id = $1`,
    [first.body.id],
  );
  const anew = await submit(painting(7, { reuse: '1d' }));
  expect(anew.body.id).not.toBe(first.body.id);
  await jobWhen(replicas[0].url, anew.body.id, succeeded);
  expect((await submit(painting(7))).body.id).not.toBe(anew.body.id);
});

it('is refused where it could not be kept', async () => {
  const webhook = { url: 'https://receiver.example/' };
  expect((await submit(painting(9, { webhook }))).status).toBe(422);
  expect((await submit(painting(9, { reuse: '2d' }))).status).toBe(422);
  const batch = await call(`${replicas[0].url}/v1/jobs/batch`, 'POST', { jobs: [painting(9)] });
  expect(batch.status).toBe(422);
});
