import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { freePort } from '../support/ports.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { type ReceivedWebhook, WebhookReceiver } from '../support/webhook-receiver.js';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const env = { WEBHOOK_TIMEOUT_MS: '1000' };
const nothingKnows = samplingGraph({ model: 'nowhere.gguf' });

describe('a webhook', () => {
  const receiver = new WebhookReceiver();
  let deployment: Deployment;
  let left: Replica;
  let right: Replica;

  beforeAll(async () => {
    await receiver.start();
    const node = { stepMs: 5, loadMs: 1 };
    deployment = await Deployment.create(['one', 'two'].map((name) => ({ name, ...node })));
    [left, right] = await Promise.all([deployment.start(env), deployment.start(env)]);
  });
  beforeEach(() => void (receiver.answer = 200));
  afterAll(async () => {
    await deployment.destroy();
    await receiver.stop();
  });

  const query = async <Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> =>
    (await deployment.database!.pool.query<Row>(sql, values)).rows;
  const enqueuedFor = async (id: string): Promise<number> =>
    (await query(`SELECT FROM graphile_worker._private_jobs WHERE payload->>'jobId' = $1`, [id])).length;
  const told = async (path: string, timeoutMs = 20_000): Promise<ReceivedWebhook> =>
    eventually(() => receiver.at(path)[0], { timeoutMs, what: `the webhook ${path}` });
  const stateTold = async (path: string): Promise<unknown> =>
    (JSON.parse((await told(path)).body) as { state: unknown }).state;

  it('brings what the job looks like, signed, once it has ended', async () => {
    const webhook = { url: receiver.url('/ended?token=mine'), secret };
    const id = await left.jobs.submit(samplingGraph(), { webhook });
    const { headers, body } = await told('/ended?token=mine');
    expect(new Webhook(secret).verify(body, headers)).toEqual(
      JSON.parse(JSON.stringify(await left.jobs.get(id))),
    );
    expect(JSON.parse(body)).toMatchObject({
      id,
      state: 'succeeded',
      outputs: [{ filename: expect.any(String) }],
    });
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': expect.any(String) });
    await eventually(async () => (await enqueuedFor(id)) === 0);
    expect(receiver.at('/ended?token=mine')).toHaveLength(1);
    expect(left.output() + right.output()).not.toContain('token=mine');
  });

  it('keeps its secret sealed, and only until the job has ended', async () => {
    const webhook = { url: receiver.url('/sealed'), secret };
    const id = await left.jobs.submitNamed('nothing-knows', nothingKnows, { webhook });
    const kept = await query<{ text: string }>(
      `SELECT encode(webhook_secret, 'escape') AS text FROM job WHERE id = $1`,
      [id],
    );
    expect(kept[0]?.text).toBeTruthy();
    expect(kept[0]?.text).not.toContain('MfKQ9r8');
    receiver.answer = 503;
    await left.jobs.cancel(id);
    await told('/sealed');
    expect(await query('SELECT FROM job WHERE id = $1 AND webhook_secret IS NULL', [id])).toHaveLength(1);
    expect(
      await query(`SELECT FROM graphile_worker._private_jobs WHERE payload::text LIKE '%MfKQ9r8%'`),
    ).toEqual([]);
  });

  it('carries the trace of the job', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const webhook = { url: receiver.url('/traced') };
    await fetch(`${left.url}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent },
      body: JSON.stringify({ graph: samplingGraph(), webhook }),
    });
    const { headers } = await told('/traced');
    expect(headers['traceparent']).toBe(traceparent);
    expect(headers['webhook-signature']).toBeUndefined();
  });

  it.each(['queued', 'active'])('tells of a cancel of a job that is %s', async (state) => {
    const path = `/cancelled-${state}`;
    const webhook = { url: receiver.url(path) };
    const id = await (state === 'queued'
      ? left.jobs.submitNamed('nothing-knows', nothingKnows, { webhook })
      : left.jobs.submit(samplingGraph({ steps: 2000 }), { webhook }));
    if (state === 'active') await left.jobs.attemptIs(id, 'running');
    await right.jobs.cancel(id);
    expect(await stateTold(path)).toBe('cancelled');
  });

  it('tells of every one of many jobs that expire at once, each under its own event', async () => {
    const deadline = new Date(Date.now() + 1500).toISOString();
    const paths = Array.from({ length: 30 }, (_, index) => `/expired-${index}`);
    for (const path of paths)
      await left.jobs.submitNamed('nothing-knows', nothingKnows, {
        deadline,
        webhook: { url: receiver.url(path) },
      });
    for (const path of paths) expect(await stateTold(path)).toBe('expired');
    const events = paths.flatMap((path) => receiver.at(path).map(({ headers }) => headers['webhook-id']));
    expect(new Set(events).size).toBe(30);
  });

  it('tells of a job that failed', async () => {
    const graph = {
      ...samplingGraph(),
      9: { class_type: 'LoadImage', inputs: { image: 'nobody-has-this.png' } },
    };
    await left.jobs.submitNamed(
      'failing',
      { ...graph, 10: { class_type: 'SaveImage', inputs: { images: ['9', 0], filename_prefix: 'x' } } },
      { webhook: { url: receiver.url('/failed') } },
    );
    expect(await stateTold('/failed')).toBe('failed');
  });

  it('is tried again under the same event when the receiver fails, and follows no redirect', async () => {
    receiver.answer = 302;
    await left.jobs.submit(samplingGraph(), { webhook: { url: receiver.url('/again') } });
    await told('/again');
    receiver.answer = 200;
    await eventually(() => receiver.at('/again').length >= 2, { timeoutMs: 20_000, what: 'the second try' });
    const [first, second] = receiver.at('/again');
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
    expect(receiver.at('/redirected')).toEqual([]);
  });

  it('is given up when the receiver says that it is gone', async () => {
    receiver.answer = 410;
    const id = await left.jobs.submit(samplingGraph(), { webhook: { url: receiver.url('/gone') } });
    await told('/gone');
    await eventually(async () => (await enqueuedFor(id)) === 0);
    expect(receiver.at('/gone')).toHaveLength(1);
  });

  it('to a receiver that is slow or down holds up neither jobs nor other receivers', async () => {
    const slow = await new WebhookReceiver().start();
    slow.answer = 'hang';
    try {
      const down = `http://127.0.0.1:${await freePort()}/`;
      for (let count = 0; count < 10; count += 1) {
        await left.jobs.submit(samplingGraph(), { webhook: { url: slow.url('/slow') } });
        await left.jobs.submit(samplingGraph(), { webhook: { url: down } });
      }
      await eventually(() => slow.at('/slow').length > 0, { timeoutMs: 20_000 });
      await left.jobs.submit(samplingGraph(), { webhook: { url: receiver.url('/beside') } });
      expect(await stateTold('/beside')).toBe('succeeded');
      // Ten hanging deliveries go one after another: it did not wait for them.
      expect(slow.at('/slow').length).toBeLessThan(10);
    } finally {
      await slow.stop();
    }
  });

  it.each([
    [{ url: 'ftp://host/x' }, /url/],
    [{ url: 'http://169.254.169.254/latest' }, /link-local/],
    [{ url: 'http://user:pass@host/' }, /credentials/],
    [{ url: 'http://host/', secret: 'short' }, /secret/],
  ])('to %j is refused at the submission', async (webhook, why) => {
    await expect(left.jobs.submit(samplingGraph(), { webhook })).rejects.toThrow(why);
  });
});

describe('a webhook whose replica dies', () => {
  it('between the end of the job and the delivery reaches its receiver through another one', async () => {
    const receiver = await new WebhookReceiver().start();
    const deployment = await Deployment.create([{ name: 'only', stepMs: 5, loadMs: 1 }]);
    try {
      const dying = await deployment.start({ ...env, COMFYMUX_CRASH_AT: 'attempt.settle.after_commit' });
      receiver.answer = 503;
      const id = await dying.jobs.submit(samplingGraph(), { webhook: { url: receiver.url('/survives') } });
      expect(await dying.ended).toBe('SIGKILL');
      receiver.answer = 200;
      const living = await deployment.start(env);
      await eventually(() => receiver.received.length > 0, { timeoutMs: 30_000, what: 'the webhook' });
      expect(JSON.parse(receiver.received.at(-1)?.body ?? '')).toMatchObject({ id, state: 'succeeded' });
      expect((await living.jobs.get(id)).history).toHaveLength(1);
    } finally {
      await deployment.destroy();
      await receiver.stop();
    }
  });

  it('in the middle of the delivery is delivered again under the same event', async () => {
    const receiver = await new WebhookReceiver().start();
    const deployment = await Deployment.create([{ name: 'only', stepMs: 5, loadMs: 1 }]);
    try {
      const dying = await deployment.start({ WEBHOOK_TIMEOUT_MS: '20000' });
      receiver.answer = 'hang';
      await dying.jobs.submit(samplingGraph(), { webhook: { url: receiver.url('/half') } });
      await eventually(() => receiver.received.length > 0, { timeoutMs: 20_000, what: 'the first try' });
      await dying.kill();
      receiver.answer = 200;
      await deployment.start(env);
      await eventually(() => receiver.received.length > 1, { timeoutMs: 30_000, what: 'the second try' });
      const [first, second] = receiver.received;
      expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    } finally {
      await deployment.destroy();
      await receiver.stop();
    }
  });
});
