/** `GET /v1/events`: what changes is told, to those who asked for it, and nothing that matters is missed on the way. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { EventReader } from '../support/event-reader.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { call, jobWhen, submitJob, succeeded } from '../support/v1.js';

const readers: EventReader[] = [];

describe('GET /v1/events', () => {
  let deployment: Deployment;
  let one: Replica;
  let other: Replica;

  beforeAll(async () => {
    deployment = await Deployment.create(
      ['a', 'b'].map((name) => ({ name, loadMs: 1, stepMs: 60, previewMethod: 'auto' as const })),
    );
    [one, other] = [await deployment.start(), await deployment.start()];
  });
  afterAll(async () => {
    for (const reader of readers) reader.close();
    await deployment.destroy();
  });

  const open = async (replica: Replica, query = '', headers: Record<string, string> = {}) => {
    const reader = await EventReader.open(`${replica.url}/v1/events${query}`, headers);
    readers.push(reader);
    return reader;
  };
  const submit = async (steps = 6, order: object = {}) =>
    submitJob(one.url, { graph: samplingGraph({ steps }), ...order });
  const is =
    (id: string, state?: string) =>
    ({ id: told, job_id: toldOf, state: now }: Record<string, unknown>): boolean =>
      (told === id || toldOf === id) && (state === undefined || now === state);

  it('tells a job from its submit to its end, at every replica, with progress between', async () => {
    const streams = [await open(one), await open(other)];
    for (const stream of streams) {
      expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      expect(await stream.one('open')).toEqual({
        resumed: false,
        types: ['job', 'progress', 'node', 'queue'],
      });
    }
    const id = await submit(20);
    for (const stream of streams) {
      const done = await stream.one('job', is(id, 'succeeded'));
      expect(done).toMatchObject({ progress: 100, outputs: [{ format: 'png' }] });
      expect(stream.of('job').findLast(is(id))).toMatchObject({ state: 'succeeded' });
      expect(stream.of('job').filter(is(id)).length).toBeGreaterThan(1);
      expect(await stream.one('progress', is(id))).toMatchObject({ steps: 20, node_id: done['node_id'] });
      expect(await stream.one('queue')).toMatchObject({ queued: 0, workflows: expect.any(Array) as unknown });
    }
  });

  it('tells of a node that is drained, added and removed', async () => {
    const stream = await open(other, '?types=node');
    await call(`${one.url}/v1/nodes/a/drain`, 'POST');
    await stream.one('node', ({ id, accepts_work: takes }) => id === 'a' && takes === false);
    await call(`${one.url}/v1/nodes/a/undrain`, 'POST');
    await stream.one('node', ({ id, accepts_work: takes }) => id === 'a' && takes === true);
    await call(`${one.url}/v1/nodes`, 'POST', { id: 'new', url: 'http://127.0.0.1:9' });
    await stream.one('node', ({ id }) => id === 'new');
    expect((await call(`${one.url}/v1/nodes/new`, 'DELETE')).status).toBe(204);
    await stream.one('node_removed', ({ id }) => id === 'new');
    expect(stream.of('job')).toEqual([]);
  });

  it('filters here: by tenant, and by state with a last word to whoever saw the job come', async () => {
    await call(`${one.url}/v1/tenants/film`, 'PUT', {});
    const film = await open(one, '?types=job,progress&tenant=film');
    const active = await open(one, '?types=job&state=active');
    const [mine, yours] = [await submit(6, { tenant: 'film' }), await submit(6)];
    await film.one('job', is(mine, 'succeeded'));
    await jobWhen(one.url, yours, succeeded);
    await active.one('job', is(yours, 'active'));
    await active.one('job', is(yours, 'succeeded'));
    expect(film.events.filter(({ data }) => is(yours)(data))).toEqual([]);
  });

  it('goes on where a client was, at another replica', async () => {
    const first = await open(one, '?types=job');
    await first.one('job', is(await submit(2), 'succeeded'));
    const place = await eventually(() => first.lastId);
    first.close();
    const missed = await submit(2);
    await jobWhen(one.url, missed, succeeded);
    const second = await open(other, '?types=job', { 'last-event-id': place });
    expect(await second.one('open')).toMatchObject({ resumed: true });
    expect(await second.one('job', is(missed, 'succeeded'))).toMatchObject({ attempts: 1 });
    const next = await submit(2);
    await second.one('job', is(next, 'succeeded'));
    expect(second.of('reset')).toEqual([]);
  });

  it('says what to read anew where it cannot tell what was missed', async () => {
    for (const place of ['1', '999999999999999', 'x\u00ff']) {
      const stream = await open(one, '?types=job,node', { 'last-event-id': place });
      expect(await stream.one('open')).toMatchObject({ resumed: false });
      expect(await stream.one('reset')).toMatchObject({ types: ['job', 'node'] });
      stream.close();
    }
  });

  it('shows previews to those who ask, from whichever replica follows the node', async () => {
    const streams = [await open(one, '?types=preview'), await open(other, '?types=preview')];
    const id = await submit(60);
    for (const stream of streams) {
      const { data_base64: data, content_type: type } = await stream.one('preview', is(id));
      expect(type).toBe('image/jpeg');
      expect(Buffer.from(String(data), 'base64').subarray(0, 2).toString('hex')).toBe('ffd8');
    }
    const picture = await fetch(`${other.url}/v1/jobs/${id}/preview`);
    expect(picture.headers.get('content-type')).toBe('image/jpeg');
    await call(`${one.url}/v1/jobs/${id}/cancel`, 'POST');
  });

  it.each(['?types=everything', '?state=sleeping', '?job=1', '?colour=red'])('refuses %s', async (query) => {
    expect(await call(`${one.url}/v1/events${query}`)).toMatchObject({
      status: 422,
      body: { code: 'unprocessable' },
    });
  });

  it('ends when its replica stops, and the client goes on at another', async () => {
    const third = await deployment.start();
    const stream = await open(third, '?types=job');
    const id = await submit(2);
    await stream.one('job', is(id, 'succeeded'));
    const place = await eventually(() => stream.lastId);
    expect(await third.stop()).toBe(0);
    await eventually(() => stream.hasEnded);
    const next = await open(one, '?types=job', { 'last-event-id': place });
    expect(await next.one('open')).toMatchObject({ resumed: true });
  });
});
