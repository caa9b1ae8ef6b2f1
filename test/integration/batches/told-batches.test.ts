/** Batches are listed, tell of their end, and what they told can be listed and sent again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BatchBody, batchWhen, painter, paintings, sendBatch } from '../../support/batches.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { call } from '../../support/v1.js';
import { WebhookReceiver } from '../../support/webhook-receiver.js';

let deployment: Deployment;
let replicas: [Replica, Replica];

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'sim-1' }, { name: 'sim-2' }]);
  replicas = [await deployment.start(), await deployment.start()];
  await call(`${replicas[0].url}/v1/workflows/painter`, 'PUT', painter);
});
afterAll(async () => deployment.destroy());

const send = async (body: unknown) => sendBatch(replicas[0].url, body);

interface ListedBatch extends Omit<BatchBody, 'jobs'> {
  job_count: number;
}
interface DeliveryBody {
  id: string;
  job: string | null;
  kind: string;
  state: string;
}

describe('the list of batches', () => {
  const page = async (query = '', at = 0) =>
    call<{ batches: ListedBatch[]; next_cursor: string | null }>(
      `${replicas[at]!.url}/v1/batches${query}`,
      'GET',
    );

  it('tells each once, newest first, page by page, with how its jobs stand', async () => {
    for (const count of [1, 2]) await send({ jobs: paintings(count) });
    const { body: made } = await send({ jobs: paintings(3) });
    await batchWhen(replicas[1], made.id, ({ ended }) => ended);
    const all: ListedBatch[] = [];
    for (let cursor: string | null = '', at = 0; cursor !== null; at = 1 - at) {
      const { status, body } = await page(cursor === '' ? '?limit=2' : `?limit=2&cursor=${cursor}`, at);
      expect(status).toBe(200);
      all.push(...body.batches);
      cursor = body.next_cursor;
    }
    const { rows } = await deployment.database!.pool.query<{ id: string }>(
      'SELECT id FROM batch ORDER BY created_at DESC, id DESC',
    );
    expect(all.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect(rows.length).toBeGreaterThan(2);
    expect(all[0]).toMatchObject({
      id: made.id,
      job_count: 3,
      ended: true,
      progress: 100,
      counts: { succeeded: 3 },
      results_url: made.results_url,
    });
  });

  it.each(['?limit=51', '?limit=0', '?cursor=1', '?cursor=%00', '?other=1'])('refuses %s', async (query) => {
    expect((await page(query)).status).toBe(422);
  });

  it('has nothing of a tenant that has none', async () => {
    expect((await page('?tenant=nobody')).body).toEqual({ batches: [], next_cursor: null });
  });
});

describe('the webhook of a batch', () => {
  const receiver = new WebhookReceiver();
  beforeAll(async () => void (await receiver.start()));
  afterAll(async () => receiver.stop());

  it('is told once, signed, when the last job has ended', async () => {
    const secret = 'a shared secret of some length';
    const webhook = { url: receiver.url('/batch'), secret };
    const { status, body } = await send({ jobs: paintings(12), webhook });
    expect({ status, body }).toMatchObject({ status: 202 });
    const [told] = await eventually(() => receiver.at('/batch').length > 0 && receiver.at('/batch'), {
      timeoutMs: 60_000,
      what: 'the webhook of the batch',
    });
    expect(new Webhook(secret, { format: 'raw' }).verify(told!.body, told!.headers)).toMatchObject({
      id: body.id,
      ended: true,
      counts: { succeeded: 12 },
      results_url: body.results_url,
    });
    const { rows } = await deployment.database!.pool.query(
      'SELECT webhook_secret AS secret, ended_at IS NOT NULL AS noted FROM batch WHERE id = $1',
      [body.id],
    );
    expect(rows).toEqual([{ secret: null, noted: true }]);
    // Three looks of each replica later it has still been told once.
    await sleep(6_500);
    expect(receiver.at('/batch')).toHaveLength(1);
  });

  it('is tried again when it is not taken', async () => {
    receiver.answer = 503;
    await send({ jobs: paintings(1), webhook: { url: receiver.url('/again') } });
    await eventually(() => receiver.at('/again').length > 0, { timeoutMs: 60_000 });
    receiver.answer = 200;
    await eventually(() => receiver.at('/again').length > 1, { timeoutMs: 60_000 });
    const ids = receiver.at('/again').map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
  });

  it('is listed with those of its jobs, and sent again when asked', async () => {
    const jobs = paintings(2, { webhook: { url: receiver.url('/of-a-job') } });
    const { body } = await send({ jobs, webhook: { url: receiver.url('/listed') } });
    const path = `${replicas[1].url}/v1/batches/${body.id}/deliveries`;
    const told = await eventually(
      async () => {
        const { body: list } = await call<{ deliveries: DeliveryBody[] }>(`${path}?state=delivered`, 'GET');
        return list.deliveries.length === 3 && list.deliveries;
      },
      { timeoutMs: 60_000, what: 'three deliveries' },
    );
    expect(told[0]).toMatchObject({
      kind: 'batch',
      job: null,
      event: 'ended',
      to: receiver.url('').replace(/\/$/, ''),
    });
    expect(new Set(told.slice(1).map(({ job }) => job))).toEqual(new Set(body.jobs));
    expect((await call(`${path}?state=given_up`, 'GET')).body).toEqual({ deliveries: [] });
    expect((await call(`${path}?state=lost`, 'GET')).status).toBe(422);
    const again = await call<DeliveryBody>(`${path}/${told[0]!.id}/redeliver`, 'POST');
    expect(again).toMatchObject({ status: 202, body: { id: told[0]!.id, job: null } });
    await eventually(() => receiver.at('/listed').length === 2, { timeoutMs: 60_000 });
    const other = await send({ jobs: paintings(1) });
    const elsewhere = `${replicas[0].url}/v1/batches/${other.body.id}/deliveries/${told[0]!.id}/redeliver`;
    expect((await call(elsewhere, 'POST')).status).toBe(404);
  });

  it('goes to no address that is closed', async () => {
    const answer = await send({ jobs: paintings(1), webhook: { url: 'http://169.254.169.254/latest' } });
    expect(answer).toMatchObject({ status: 422 });
    expect(JSON.stringify(answer.body)).toContain('/webhook/url');
  });
});
