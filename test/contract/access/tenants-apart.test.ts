/** Two tenants on two replicas, with everything of the other's in hand: each finds its own alone, and what is not its own is as if it were not there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../../support/deployment.js';
import { type KeyOrder, type MadeKey, makeKey, makeTenant } from '../../support/keys.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { expectWithin } from '../../support/within.js';

const label = 'canary-of-a';
let deployment: Deployment;
let replicas: Replica[];
const keys: Record<string, MadeKey> = {};
let theirs: { id: string; filename: string };

interface Asked {
  as: string;
  method?: string;
  body?: unknown;
  at?: number;
  native?: boolean;
}

async function ask(path: string, { as, method = 'GET', body, at = 0, native = false }: Asked) {
  const replica = replicas[at]!;
  const answer = await fetch((native ? replica.nativeUrl : replica.url) + path, {
    method,
    headers: {
      ...(as !== '' && { authorization: `Bearer ${keys[as]?.key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: answer.status, text: await answer.text() };
}
const json = async <T>(path: string, asked: Asked) => JSON.parse((await ask(path, asked)).text) as T;

const giveKey = async (name: string, order: Omit<KeyOrder, 'principal'>): Promise<MadeKey> =>
  (keys[name] = await makeKey(replicas[0]!.url, { principal: name, ...order }));

beforeAll(async () => {
  deployment = await Deployment.create([{ name: 'one', speed: 200 }]);
  replicas = [await deployment.start(), await deployment.start()];
  for (const tenant of ['team-a', 'team-b']) await makeTenant(replicas[0]!.url, tenant);
  await giveKey('a', { tenant: 'team-a', role: 'submit' });
  await giveKey('b', { tenant: 'team-b', role: 'submit' });
  await giveKey('reader', { tenant: 'team-b', role: 'read' });
  await giveKey('operator', { tenant: 'team-b', role: 'operator' });
  await eventually(async () => (await ask('/v1/me', { as: 'a', at: 1 })).status === 200);
  const body = { graph: samplingGraph(), labels: { what: label } };
  const made = await json<{ id: string }>('/v1/jobs', { as: 'a', method: 'POST', body });
  const ended = await eventually(
    async () => {
      const job = await json<{ state: string; outputs: { filename: string }[] }>(`/v1/jobs/${made.id}`, {
        as: 'a',
      });
      return job.state === 'succeeded' ? job : undefined;
    },
    { timeoutMs: 60_000 },
  );
  theirs = { id: made.id, filename: ended.outputs[0]?.filename ?? '' };
});
afterAll(async () => deployment.destroy());

describe('a tenant', () => {
  it('finds nothing of another by any read of any door: theirs is answered as none is', async () => {
    const none = '01a7f0de-0000-7000-8000-00000000ffff';
    const paths = (id: string) => [
      `/v1/jobs/${id}`,
      `/v1/jobs/${id}/decision`,
      `/v1/jobs/${id}/deliveries`,
      `/v1/jobs/${id}/events`,
      `/v1/jobs/${id}/preview`,
      `/api/v2/jobs/${id}`,
      `/api/v2/jobs/${id}/workflow`,
      `/api/v2/jobs/${id}/events`,
      `/openai/v1/videos/${id}`,
      `/api/status/${id}`,
      `/cfui/view?filename=${theirs.filename}&type=output&prompt_id=${id}`,
    ];
    for (const path of paths(theirs.id).slice(0, 3))
      expect((await ask(path, { as: 'a', at: 1 })).status).toBe(200);
    for (const at of [0, 1])
      for (const as of ['b', 'reader'])
        for (const [index, path] of paths(theirs.id).entries()) {
          const [told, expected] = [await ask(path, { as, at }), await ask(paths(none)[index]!, { as, at })];
          expect([path, told.status]).toEqual([path, expected.status]);
          expect(told.text.replaceAll(theirs.id, none)).toBe(expected.text);
        }
  });

  it.each([
    '/v1/jobs',
    '/v1/jobs?tenant=team-a',
    '/v1/jobs?principal=a',
    '/v1/jobs?door=v1',
    '/v1/jobs?node=one',
    `/v1/jobs?label.what=${label}`,
    '/api/v2/jobs',
    '/openai/v1/videos',
  ])('lists its own at %s', async (path) => {
    const told = await ask(path, { as: 'b' });
    expect(told.status, told.text).toBe(200);
    expect(told.text).not.toContain(theirs.id);
    expect(told.text).not.toContain(label);
  });

  it('lists nothing of another on the native door, and no picture of it by name', async () => {
    for (const path of ['/history', '/queue', '/api/jobs', `/history/${theirs.id}`])
      expect((await ask(path, { as: 'b', native: true })).text).not.toContain(theirs.id);
    expect(
      (await ask(`/view?filename=${theirs.filename}&type=output`, { as: 'b', native: true })).status,
    ).toBe(404);
    expect((await ask(`/cfui/view?filename=${theirs.filename}&type=output`, { as: 'b' })).status).toBe(404);
  });

  it('sends nothing of another again', async () => {
    const path = `/v1/jobs/${theirs.id}/deliveries/01a7f0de-0000-4000-8000-00000000ffff/redeliver`;
    const [told, known] = [
      await ask(path, { as: 'b', method: 'POST' }),
      await ask(path, { as: 'a', method: 'POST' }),
    ];
    expect([told.status, known.status]).toEqual([404, 404]);
    expect(told.text).toContain('there is no job');
    expect(known.text).toContain('has no delivery');
  });

  it('cancels nothing of another, and submits for none', async () => {
    expect((await ask(`/v1/jobs/${theirs.id}/cancel`, { as: 'b', method: 'POST' })).status).toBe(404);
    const body = { graph: samplingGraph(), tenant: 'team-a' };
    expect((await ask('/v1/jobs', { as: 'b', method: 'POST', body })).status).toBe(403);
    const jump = { graph: samplingGraph(), priority: 1 };
    expect((await ask('/v1/jobs', { as: 'b', method: 'POST', body: jump })).text).toContain('right jump');
  });

  it('sees itself among the tenants, and its own jobs by every filter', async () => {
    expect(await json('/v1/tenants', { as: 'a' })).toMatchObject({ tenants: [{ id: 'team-a' }] });
    expect((await ask('/v1/tenants/team-b', { as: 'a' })).status).toBe(404);
    for (const filter of ['tenant=team-a', 'principal=a', 'door=v1', 'node=one', `label.what=${label}`])
      expect(await json(`/v1/jobs?${filter}`, { as: 'a', at: 1 })).toMatchObject({
        jobs: [{ id: theirs.id }],
      });
    expect((await ask('/v1/jobs?tenants=team-a', { as: 'a' })).status).toBe(422);
  });

  it('finds no batch of another, whatever it wants of it, and sends none for another', async () => {
    const body = { jobs: [{ graph: samplingGraph() }, { graph: samplingGraph() }] };
    const made = await ask('/v1/jobs/batch', { as: 'a', method: 'POST', body });
    expect(made.status, made.text).toBe(202);
    const { id } = JSON.parse(made.text) as { id: string };
    await giveKey('painter', { tenant: 'team-a', role: 'submit', workflows: ['painter'] });
    for (const as of ['b', 'reader', 'painter']) {
      expect((await ask(`/v1/batches/${id}`, { as, at: 1 })).status).toBe(404);
      expect((await ask(`/v1/batches/${id}/results.zip`, { as, at: 1 })).status).toBe(404);
      expect((await ask(`/v1/batches/${id}/deliveries`, { as, at: 1 })).status).toBe(404);
      expect((await ask('/v1/batches', { as, at: 1 })).text).not.toContain(id);
    }
    for (const as of ['operator', 'a'])
      expect(await json('/v1/batches', { as, at: 1 })).toMatchObject({ batches: [{ id, tenant: 'team-a' }] });
    expect((await ask('/v1/batches?tenant=team-a', { as: 'b' })).text).not.toContain(id);
    expect((await ask(`/v1/batches/${id}/deliveries`, { as: 'operator' })).status).toBe(404);
    expect((await ask(`/v1/batches/${id}/cancel`, { as: 'b', method: 'POST' })).status).toBe(404);
    expect(await json(`/v1/batches/${id}`, { as: 'operator' })).toMatchObject({ id, tenant: 'team-a' });
    expect((await ask(`/v1/batches/${id}/results.zip`, { as: 'operator' })).status).toBe(404);
    expect(await json(`/v1/batches/${id}`, { as: 'a', at: 1 })).toMatchObject({ id });
    const theirTenant = { ...body, tenant: 'team-a' };
    expect((await ask('/v1/jobs/batch', { as: 'b', method: 'POST', body: theirTenant })).status).toBe(403);
    const jump = { jobs: [{ graph: samplingGraph(), priority: 1 }] };
    expect((await ask('/v1/jobs/batch', { as: 'b', method: 'POST', body: jump })).text).toContain(
      'right jump',
    );
    const cancelled = await ask(`/v1/batches/${id}/cancel`, { as: 'a', method: 'POST', at: 1 });
    expect(cancelled.status, cancelled.text).toBe(200);
  });
});

describe('an operator', () => {
  it("sees the life of every tenant's jobs, and neither prompts nor results", async () => {
    const seen = await json<Record<string, unknown>>(`/v1/jobs/${theirs.id}`, { as: 'operator' });
    expect(seen).toMatchObject({ id: theirs.id, state: 'succeeded', outputs: [] });
    expect(JSON.stringify(seen)).not.toContain(label);
    const listed = await ask('/v1/jobs?tenant=team-a', { as: 'operator' });
    expect(listed.text).toContain(theirs.id);
    expect(listed.text).not.toContain(label);
    expect(listed.text).not.toContain(theirs.filename);
    for (const path of [`/api/v2/jobs/${theirs.id}/workflow`, `/v1/jobs/${theirs.id}/deliveries`])
      expect((await ask(path, { as: 'operator' })).status).toBe(404);
    const view = `/cfui/view?filename=${theirs.filename}&type=output&prompt_id=${theirs.id}`;
    expect((await ask(view, { as: 'operator' })).status).toBe(404);
    expect((await ask(view, { as: 'a' })).status).toBe(200);
  });
});

describe('a key', () => {
  it('is obeyed as revoked by the other replica within two seconds, and its streams are closed', async () => {
    await giveKey('leaver', { tenant: 'team-a', role: 'read' });
    expect((await ask('/v1/me', { as: 'leaver', at: 1 })).status).toBe(200);
    const stream = await fetch(`${replicas[1]?.url}/v1/events`, {
      headers: { authorization: `Bearer ${keys.leaver?.key}` },
    });
    expect(stream.status).toBe(200);
    // Heard from now on: it may end before the answer to the revocation is here. The end of the connection is the end of the stream.
    const end = (async () => {
      for await (const _ of stream.body ?? []);
    })();
    const revokedAtMs = performance.now();
    expect((await ask(`/v1/keys/${keys.leaver?.id}`, { as: '', method: 'DELETE' })).status).toBe(200);
    await expect(end).resolves.toBeUndefined();
    await eventually(async () => (await ask('/v1/me', { as: 'leaver', at: 1 })).status === 401, {
      intervalMs: 50,
    });
    expectWithin(2_000, revokedAtMs);
  });

  it('is changed for another without a moment in which neither is good', async () => {
    await giveKey('turner', { tenant: 'team-a', role: 'read' });
    const old = keys.turner!;
    const made = await ask(`/v1/keys/${old.id}/rotate`, { as: '', method: 'POST', body: { grace_s: 1 } });
    expect(made.status, made.text).toBe(201);
    keys.turned = JSON.parse(made.text) as MadeKey;
    expect((await ask('/v1/me', { as: 'turner', at: 1 })).status).toBe(200);
    expect(await json('/v1/me', { as: 'turned', at: 1 })).toMatchObject({
      principal: 'turner',
      tenant: 'team-a',
      role: 'read',
    });
    await eventually(async () => (await ask('/v1/me', { as: 'turner', at: 1 })).status === 401);
    expect((await ask('/v1/me', { as: 'turned' })).status).toBe(200);
    const { keys: listed } = await json<{ keys: Record<string, unknown>[] }>('/v1/keys', { as: '' });
    expect(JSON.stringify(listed)).not.toContain(keys.turned.key.slice(13, 45));
  });
});
