/** What a webhook may ask to be told of beside the end; the list of what was told; and telling it again. */
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { type ReceivedWebhook, WebhookReceiver } from '../support/webhook-receiver.js';

interface Event {
  type: string;
  at: string;
  progress?: number;
  output?: { filename: string };
}
interface Delivery {
  id: string;
  event: string;
  progress: number | null;
  output: number | null;
  to: string;
  state: string;
  tries: number;
  status: number | null;
  reason: string | null;
}

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const receiver = new WebhookReceiver();
let deployment: Deployment;
let left: Replica;
let right: Replica;

beforeAll(async () => {
  await receiver.start();
  deployment = await Deployment.create([{ name: 'one', stepMs: 5, loadMs: 1 }]);
  const env = { WEBHOOK_TIMEOUT_MS: '2000' };
  [left, right] = await Promise.all([deployment.start(env), deployment.start(env)]);
});
beforeEach(() => void (receiver.answer = 200));
afterAll(async () => {
  await deployment.destroy();
  await receiver.stop();
});

const bodyOf = ({ body }: ReceivedWebhook) => JSON.parse(body) as { state: string; event?: Event };
const typesAt = (path: string): (string | undefined)[] =>
  receiver.at(path).map((webhook) => bodyOf(webhook).event?.type);
const untilTold = async (path: string, type: string): Promise<ReceivedWebhook> =>
  eventually(() => receiver.at(path).find((webhook) => bodyOf(webhook).event?.type === type), {
    timeoutMs: 30_000,
    what: `${type} at ${path}`,
  });

async function deliveriesOf(id: string, at = right): Promise<Delivery[]> {
  const answer = await fetch(`${at.url}/v1/jobs/${id}/deliveries`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { deliveries: Delivery[] }).deliveries;
}
const settled = async (id: string): Promise<Delivery[]> =>
  eventually(
    async () => {
      const deliveries = await deliveriesOf(id);
      return deliveries.length > 0 && deliveries.every(({ state }) => state !== 'waiting') && deliveries;
    },
    { timeoutMs: 30_000, what: 'no delivery that waits' },
  );
const redeliver = async (id: string, delivery: string): Promise<Response> =>
  fetch(`${right.url}/v1/jobs/${id}/deliveries/${delivery}/redeliver`, { method: 'POST' });

it('tells of start, progress, output and end as they were asked for, each once and signed', async () => {
  const webhook = {
    url: receiver.url('/all'),
    secret,
    events: ['started', 'progress', 'output', 'ended'],
  };
  const id = await left.jobs.submit(samplingGraph({ steps: 1500 }), { webhook });
  const ended = await untilTold('/all', 'ended');
  const deliveries = await settled(id);
  expect(bodyOf(ended)).toMatchObject({ id, state: 'succeeded' });
  const received = receiver.at('/all');
  for (const { body, headers } of received) new Webhook(secret).verify(body, headers);
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(received.length);
  expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(
    new Set(deliveries.map((delivery) => delivery.id)),
  );
  const types = typesAt('/all');
  for (const type of ['started', 'output', 'ended'])
    expect(types.filter((told) => told === type)).toEqual([type]);
  expect(bodyOf(await untilTold('/all', 'output')).event?.output?.filename).toMatch(/^picture/);
  const progress = received.flatMap((one) => bodyOf(one).event?.progress ?? []);
  expect(progress.length).toBeGreaterThan(0);
  expect(progress.length).toBeLessThan(10);
  expect(progress.every((percent) => percent % 10 === 0 && percent > 0 && percent < 100)).toBe(true);
  expect(new Set(progress).size).toBe(progress.length);
});

it('tells of nothing else than what was asked for, and of the end alone without being asked', async () => {
  const asked = await left.jobs.submit(samplingGraph(), {
    webhook: { url: receiver.url('/started'), events: ['started'] },
  });
  const plain = await left.jobs.submit(samplingGraph(), { webhook: { url: receiver.url('/plain') } });
  expect((await settled(plain)).map(({ event }) => event)).toEqual(['ended']);
  await left.jobs.ended(asked);
  expect((await settled(asked)).map(({ event }) => event)).toEqual(['started']);
  expect(bodyOf(receiver.at('/plain')[0]!)).not.toHaveProperty('event');
});

it('takes events for a run of a workflow too', async () => {
  const manifest = { title: 'told', inputs: {}, outputs: [{ node: '8', kind: 'image' }] };
  await fetch(`${left.url}/v1/workflows/told`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ graph: samplingGraph(), manifest }),
  });
  const query = new URLSearchParams({ webhook: receiver.url('/run'), webhook_events: 'output,started' });
  const answer = await fetch(`${left.url}/v1/workflows/told/run?${query.toString()}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(answer.status, await answer.clone().text()).toBe(202);
  await untilTold('/run', 'output');
  await untilTold('/run', 'started');
});

it('lists at any replica what came of each, without the secret part of the address', async () => {
  receiver.answer = 410;
  const id = await left.jobs.submit(samplingGraph(), {
    webhook: { url: receiver.url('/gone?token=t0ken') },
  });
  const [delivery] = await settled(id);
  expect(delivery).toMatchObject({
    event: 'ended',
    to: new URL(receiver.url('/')).origin,
    state: 'given_up',
    tries: 1,
    status: 410,
    reason: 'the receiver answered 410',
  });
  expect(JSON.stringify(await deliveriesOf(id, left))).not.toContain('t0ken');
});

it('sends again what was given up, or delivered, under the same id and signed as before', async () => {
  receiver.answer = 410;
  const id = await left.jobs.submit(samplingGraph(), { webhook: { url: receiver.url('/again'), secret } });
  const [lost] = await settled(id);
  receiver.answer = 200;
  for (const tries of [2, 3]) {
    const answer = await redeliver(id, lost!.id);
    expect([answer.status, ((await answer.json()) as Delivery).state]).toEqual([202, 'waiting']);
    await eventually(() => receiver.at('/again').length === tries, { timeoutMs: 20_000 });
    expect(await settled(id)).toMatchObject([{ id: lost!.id, state: 'delivered', tries, status: 200 }]);
    const { headers, body } = receiver.at('/again').at(-1)!;
    expect(headers['webhook-id']).toBe(lost!.id);
    new Webhook(secret).verify(body, headers);
  }
});

it('sends again what is no delivery of the job to nobody', async () => {
  const webhook = { url: receiver.url('/other') };
  const [mine, other] = [await left.jobs.submit(samplingGraph(), { webhook }), randomUUID()];
  const [delivery] = await settled(mine);
  for (const [job, which] of [
    [mine, other],
    [mine, 'none'],
    [other, delivery!.id],
  ] as const)
    expect((await redeliver(job, which)).status).toBe(404);
  expect((await fetch(`${left.url}/v1/jobs/${other}/deliveries`)).status).toBe(404);
  expect(receiver.at('/other')).toHaveLength(1);
});

it('goes on with what a version before this table enqueued', async () => {
  const jobId = await left.jobs.submit(samplingGraph());
  await left.jobs.ended(jobId);
  const eventId = randomUUID();
  const task = { eventId, jobId, url: receiver.url('/old'), baseUrl: left.url, secret: null };
  await deployment.database!.pool.query(`SELECT graphile_worker.add_job('webhook', $1)`, [task]);
  await eventually(() => receiver.at('/old').length > 0, { timeoutMs: 20_000, what: 'the old webhook' });
  expect(receiver.at('/old')[0]?.headers['webhook-id']).toBe(eventId);
  expect(await settled(jobId)).toMatchObject([{ id: eventId, event: 'ended', state: 'delivered' }]);
});

it.each([[[]], [['finished']], [['ended', 'ended', 'ended', 'ended', 'ended']], ['ended']])(
  'refuses the events %j',
  async (events) => {
    const webhook = { url: receiver.url('/x'), events };
    await expect(left.jobs.submit(samplingGraph(), { webhook })).rejects.toThrow(/422.*events/);
  },
);
