/** What tenants have used: what the nodes say of their runs, to a hundredth, and the same once jobs are archived and forgotten. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArchiveStore } from '../../src/modules/jobs/record/archive/archive.store.js';
import { Deployment, type Replica } from '../support/deployment.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';
import { call } from '../support/v1.js';

interface Row {
  tenant: string;
  workflow: string | null;
  day: string;
  jobs: number;
  runs: number;
  gpu_seconds: number;
  output_bytes: number;
}

const hasEnded = ({ state }: { state: string }): boolean =>
  ['succeeded', 'failed', 'cancelled'].includes(state);

describe('GET /v1/usage', () => {
  const tenants = ['team-a', 'team-b'];
  let deployment: Deployment;
  let replicas: Replica[];
  const tenantOfJob = new Map<string, string>();

  beforeAll(async () => {
    deployment = await Deployment.create(
      ['one', 'two', 'three'].map((name) => ({ name, stepMs: 120, loadMs: 300 })),
    );
    replicas = [await deployment.start(), await deployment.start()];
    for (const tenant of tenants) await call(`${replicas[0]!.url}/v1/tenants/${tenant}`, 'PUT', {});
    await eventually(async () => (await call(`${replicas[1]!.url}/v1/tenants/team-b`)).status === 200);
    const submit = async (at: number): Promise<string> => {
      const tenant = tenants[at % 2]!;
      const graph = samplingGraph({ steps: 25 });
      const { id } = (await (await replicas[at % 2]!.jobs.post('/v1/jobs', { graph, tenant })).json()) as {
        id: string;
      };
      tenantOfJob.set(id, tenant);
      return id;
    };
    const ids = await Promise.all(Array.from({ length: 12 }, async (_, at) => submit(at)));
    const cancelled = await submit(13);
    await eventually(async () => (await replicas[0]!.jobs.get(cancelled)).state === 'active', {
      timeoutMs: 120_000,
    }).catch(() => undefined);
    await replicas[0]!.jobs.cancel(cancelled);
    for (const id of [...ids, cancelled])
      await eventually(async () => hasEnded(await replicas[0]!.jobs.get(id)), {
        timeoutMs: 240_000,
      });
  }, 300_000);
  afterAll(async () => deployment.destroy());

  const usage = async (query = '', replica = 0): Promise<Row[]> => {
    const { body } = await call<{ usage: Row[] }>(`${replicas[replica]!.url}/v1/usage${query}`);
    return body.usage;
  };

  /** Seconds by tenant, as the nodes wrote them down themselves. */
  const byTheNodes = async (): Promise<Map<string, { runs: number; seconds: number }>> => {
    const told = new Map(tenants.map((tenant) => [tenant, { runs: 0, seconds: 0 }]));
    const { rows } = await deployment.database!.pool.query<{ promptId: string; tenant: string }>(
      `SELECT a.prompt_id AS "promptId", j.tenant_id AS tenant FROM attempt a JOIN job j ON j.id = a.job_id`,
    );
    const tenantOf = new Map(rows.map(({ promptId, tenant }) => [promptId, tenant]));
    for (const { promptId, startedAt, finishedAt } of deployment.nodes.flatMap((node) => node.record())) {
      const sum = told.get(tenantOf.get(promptId) ?? '');
      if (!sum || startedAt === null || finishedAt === null) continue;
      sum.runs += 1;
      sum.seconds += (finishedAt - startedAt) / 1000;
    }
    return told;
  };

  it("is what the nodes' own records say, to a hundredth; kept when jobs are archived, by two at once, and forgotten", async () => {
    const nodes = await byTheNodes();
    const before = await usage('?by=tenant');
    expect(before.map(({ tenant }) => tenant)).toEqual(tenants);
    for (const { tenant, runs, gpu_seconds: seconds, jobs, output_bytes: bytes } of before) {
      const truth = nodes.get(tenant)!;
      expect(runs).toBe(truth.runs);
      expect(truth.seconds).toBeGreaterThan(1);
      // A node writes down when a run began and tells it some milliseconds later; on a busy machine some tens of them.
      expect(Math.abs(seconds - truth.seconds)).toBeLessThan(0.01 * truth.seconds + 0.03 * truth.runs);
      expect(jobs).toBe([...tenantOfJob.values()].filter((each) => each === tenant).length);
      expect(bytes).toBeGreaterThan(0);
    }
    const whole = await usage();
    const { pool } = deployment.database!;
    const moveAll = async (): Promise<number> => {
      let moved = 0;
      for await (const batch of new ArchiveStore(pool).move(0, 3)) moved += batch;
      return moved;
    };
    const moved = await Promise.all([moveAll(), moveAll()]);
    expect(moved[0] + moved[1]).toBe(tenantOfJob.size);
    expect(await usage('', 1)).toEqual(whole);
    const archive = new ArchiveStore(pool);
    for (const day of await archive.days()) await archive.drop(day);
    expect((await pool.query('SELECT FROM archive.job')).rowCount).toBe(0);
    expect(await usage()).toEqual(whole);
  });

  it('is told by what was asked for, as a table too', async () => {
    const [all] = await usage('?by=workflow');
    const parts = await usage('?by=tenant,day');
    expect(all).toMatchObject({ workflow: null, jobs: tenantOfJob.size });
    expect(parts.reduce((sum, { gpu_seconds: seconds }) => sum + seconds, 0)).toBeCloseTo(
      all!.gpu_seconds,
      1,
    );
    expect(await usage('?by=tenant&tenant=team-a')).toHaveLength(1);
    expect(await usage('?to=2001-01-01')).toEqual([]);
    const csv = await fetch(`${replicas[0]!.url}/v1/usage?by=tenant&format=csv`);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect((await csv.text()).split('\r\n').slice(0, 2)).toEqual([
      'tenant,jobs,runs,gpu_seconds,input_bytes,output_bytes',
      expect.stringMatching(/^team-a,\d+,\d+,[\d.]+,0,\d+$/) as string,
    ]);
    for (const wrong of ['?by=node', '?from=yesterday', '?from=2027-01-02&to=2027-01-01', '?who=me'])
      expect((await call(`${replicas[0]!.url}/v1/usage${wrong}`)).status).toBe(422);
  });
});
