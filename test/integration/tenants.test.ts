import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { call } from '../support/v1.js';

describe('/v1/tenants', () => {
  let deployment: Deployment;
  let replicas: Replica[];

  beforeAll(async () => {
    deployment = await Deployment.create([]);
    replicas = [await deployment.start(), await deployment.start()];
  });
  afterAll(async () => deployment.destroy());

  const tenants = (replica = 0): string => `${replicas[replica]?.url}/v1/tenants`;
  const submit = async (tenant: string, replica = 0): Promise<Response> =>
    replicas[replica]!.jobs.post('/v1/jobs', { graph: samplingGraph(), tenant });
  const waitingOf = async (tenant: string): Promise<number> => {
    const { rows } = await deployment.database!.pool.query<{ count: string }>(
      `SELECT count(*) FROM job WHERE tenant_id = $1 AND state = 'queued'`,
      [tenant],
    );
    return Number(rows[0]?.count);
  };

  it('makes a tenant, replaces its settings, and tells them on every replica', async () => {
    const made = await call(`${tenants()}/team-a`, 'PUT', { weight: 2.5, max_queued: 7, max_active: 3 });
    expect(made).toMatchObject({
      status: 200,
      body: { id: 'team-a', weight: 2.5, max_queued: 7, max_active: 3 },
    });
    expect(await call(`${tenants()}/team-a`)).toEqual(made);
    await eventually(async () => (await call(`${tenants(1)}/team-a`)).status === 200);
    expect((await call(`${tenants()}/team-a`, 'PUT', { weight: 1 })).body).toEqual({
      id: 'team-a',
      weight: 1,
      max_queued: null,
      max_active: null,
      max_jobs_per_day: null,
      max_gpu_seconds_per_day: null,
      max_stored_bytes: null,
      max_uploaded_bytes_per_day: null,
      max_streams: null,
      max_user_data_bytes: null,
      stored_bytes: 0,
      uploaded_bytes_today: 0,
      open_streams: 0,
      user_data_bytes: 0,
    });
    expect((await call(tenants())).body).toMatchObject({ tenants: [{ id: 'default' }, { id: 'team-a' }] });
  });

  it.each([
    ['a weight of nothing', 'team-b', { weight: 0 }],
    ['half a job', 'team-b', { max_queued: 1.5 }],
    ['a setting it does not know', 'team-b', { maxQueued: 1 }],
    ['a name with a space', 'team%20b', {}],
  ])('refuses %s', async (_what, id, settings) => {
    expect(await call(`${tenants()}/${id}`, 'PUT', settings)).toMatchObject({ status: 422 });
    expect(await call(`${tenants()}/team-b`)).toMatchObject({ status: 404 });
  });

  it("have jobs of more or less priority, worth the operator's credits", async () => {
    const replica = await deployment.start({ SCHEDULING_CREDITS_S: '60,120,600' });
    const body = { graph: samplingGraph(), priority: -2 };
    const { id } = (await (await replica.jobs.post('/v1/jobs', body)).json()) as { id: string };
    const { rows } = await deployment.database!.pool.query('SELECT credit_s FROM job WHERE id = $1', [id]);
    expect(rows).toEqual([{ credit_s: -120 }]);
    await replica.stop();
  });

  it('are named by a job, and only if they exist', async () => {
    expect((await submit('nobody')).status).toBe(422);
    const accepted = (await (await submit('team-a')).json()) as { id: string };
    expect(await replicas[0]!.jobs.get(accepted.id)).toMatchObject({ tenant: 'team-a' });
  });

  it('may have so many jobs waiting and no more, whichever replica they come to', async () => {
    await call(`${tenants()}/team-c`, 'PUT', { max_queued: 10 });
    await eventually(async () => (await call(`${tenants(1)}/team-c`)).status === 200);
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => submit('team-c', index % 2)),
    );
    const accepted = answers.filter(({ status }) => status === 202).length;
    const refused = answers.filter(({ status }) => status === 429);
    expect(accepted + refused.length).toBe(40);
    expect(accepted).toBeGreaterThanOrEqual(10);
    expect(accepted).toBeLessThanOrEqual(13);
    expect(await waitingOf('team-c')).toBe(accepted);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused[0]?.json()).toMatchObject({ code: 'queue_full' });
    expect((await submit('team-a')).status).toBe(202);
  });

  it('may submit again once their jobs left the queue', async () => {
    const { body } = await call<{ jobs: { id: string; tenant: string }[] }>(
      `${replicas[0]?.url}/v1/jobs?state=queued&limit=200`,
    );
    const waiting = body.jobs.filter(({ tenant }) => tenant === 'team-c');
    for (const { id } of waiting) await replicas[0]!.jobs.cancel(id);
    await eventually(async () => (await submit('team-c')).status === 202);
  });
});
