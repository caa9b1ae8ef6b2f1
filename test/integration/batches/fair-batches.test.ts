/** A batch is work like any other: its tenant's share and limits count, and another tenant waits for its own turn alone. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BatchBody, batchWhen, painter, paintings, sendBatch } from '../../support/batches.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { call } from '../../support/v1.js';

let deployment: Deployment;
let replica: Replica;

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'only' }]);
  replica = await deployment.start();
  await call(`${replica.url}/v1/workflows/painter`, 'PUT', painter);
  await call(`${replica.url}/v1/tenants/many`, 'PUT', {});
  await call(`${replica.url}/v1/tenants/few`, 'PUT', {});
  await call(`${replica.url}/v1/tenants/bounded`, 'PUT', { max_queued: 60 });
});
afterAll(async () => deployment.destroy());

const doneOf = async (id: string): Promise<number> =>
  (await call<BatchBody>(`${replica.url}/v1/batches/${id}`)).body.counts.succeeded ?? 0;

it('leaves another tenant its share: five jobs do not wait for 300', async () => {
  const many = await sendBatch(replica.url, { tenant: 'many', jobs: paintings(300) });
  expect(many).toMatchObject({ status: 202, body: { tenant: 'many' } });
  await eventually(async () => (await doneOf(many.body.id)) > 0, { timeoutMs: 60_000 });
  const before = await doneOf(many.body.id);
  const few = await sendBatch(replica.url, { tenant: 'few', jobs: paintings(5) });
  await batchWhen(replica, few.body.id, ({ ended }) => ended);
  const passed = (await doneOf(many.body.id)) - before;
  process.stdout.write(`while five jobs of another tenant ran, the batch of 300 ended ${passed}\n`);
  expect(passed).toBeLessThan(60);
  await call(`${replica.url}/v1/batches/${many.body.id}/cancel`, 'POST');
});

it('has room for all its jobs or is refused, however many come at once', async () => {
  const answers = await Promise.all(
    Array.from({ length: 4 }, async () =>
      sendBatch(replica.url, { tenant: 'bounded', jobs: paintings(25, { priority: -3 }) }),
    ),
  );
  const statuses = answers.map(({ status }) => status).toSorted((one, other) => one - other);
  // What has run meanwhile makes room for a third one, never for a part of it.
  expect(statuses.slice(0, 2)).toEqual([202, 202]);
  expect(statuses.at(-1)).toBe(429);
  const refused = await sendBatch(replica.url, { tenant: 'bounded', jobs: paintings(61) });
  expect(refused).toMatchObject({ status: 429, body: { code: 'queue_full' } });
});
