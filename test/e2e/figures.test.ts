/** What `/v1` tells in figures of what the cluster has and did, and the deeds that go with it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';
import {
  call,
  type Job,
  jobOf,
  jobWhen,
  submitJob,
  succeeded,
  uploadedPicture,
  workflow,
} from '../support/v1.js';

interface TimeLine {
  runs: { job_id: string; outcome: string; run_from: string; run_to: string }[];
  gaps: unknown[];
  busy_share: number;
}

describe('figures of /v1', () => {
  let cluster: Cluster;
  let url: string;
  let done: string;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'sim-1', loadMs: 1, stepMs: 20 }] });
    url = cluster.url;
    done = await submitJob(url, { graph: samplingGraph({ steps: 10 }), labels: { team: 'film' } });
    await jobWhen(url, done, succeeded);
  });
  afterAll(() => cluster.stop());

  it('tells the runs and gaps of a node', async () => {
    const { status, body } = await call<TimeLine>(`${url}/v1/nodes/sim-1/timeline?hours=1`);
    expect(status).toBe(200);
    const run = body.runs.find(({ job_id: id }) => id === done);
    expect(run).toMatchObject({ outcome: 'ok', workflow: null });
    expect(Date.parse(run?.run_to ?? '')).toBeGreaterThan(Date.parse(run?.run_from ?? ''));
    expect(body.gaps.length).toBeGreaterThan(0);
    expect(body.busy_share).toBeGreaterThan(0);
    expect(body.busy_share).toBeLessThan(0.5);
    expect((await call(`${url}/v1/nodes/nobody/timeline`)).status).toBe(404);
  });

  it('tells what a node holds in memory, and why', async () => {
    const models = await eventually(
      async () => {
        const { body } = await call<{ models: { name: string; last_job_id: string }[] }>(
          `${url}/v1/nodes/sim-1/residency`,
        );
        return body.models.length > 0 && body.models;
      },
      { timeoutMs: 30_000, intervalMs: 500 },
    );
    expect(models.every(({ name }) => name.length > 0)).toBe(true);
    expect(models.some(({ last_job_id: id }) => id === done)).toBe(true);
  });

  it('counts the last hour by the minute, with the causes of failures', async () => {
    const node = cluster.node('sim-1');
    const fault = node.inject({ kind: 'node-error', classType: 'KSampler', times: 20 });
    const failed = await submitJob(url, { graph: samplingGraph() });
    const { error } = await jobWhen(url, failed, ({ state }) => state === 'failed');
    fault.clear();
    const { body } = await call<{
      minutes: { submitted: number; succeeded: number; failed: number; wait_p50_s: number | null }[];
      failures: { code: string; jobs: number; last_job_id: string }[];
    }>(`${url}/v1/stats`);
    const sum = (of: 'submitted' | 'succeeded' | 'failed') =>
      body.minutes.reduce((total, minute) => total + minute[of], 0);
    expect([sum('submitted'), sum('succeeded'), sum('failed')]).toEqual([2, 1, 1]);
    expect(body.minutes.some(({ wait_p50_s: wait }) => wait !== null && wait >= 0)).toBe(true);
    expect(body.failures).toMatchObject([
      { code: error?.code, jobs: 1, last_job_id: failed, node_id: 'sim-1' },
    ]);
  });

  it('finds files and node classes with their nodes', async () => {
    const files = await call(`${url}/v1/inventory?search=WAN&limit=3`);
    expect(files.body).toMatchObject({ entries: [{ node_count: 1, nodes: ['sim-1'] }, {}, {}] });
    const lora = await call(`${url}/v1/inventory?search=lora`);
    expect(lora.body).toMatchObject({
      entries: expect.arrayContaining([expect.objectContaining({ workflows: [workflow] })]) as unknown,
    });
    const classes = await call(`${url}/v1/inventory?kind=class&search=ksampleradv`);
    expect(classes.body).toMatchObject({
      total: 1,
      entries: [{ name: 'KSamplerAdvanced', workflows: [workflow] }],
    });
  });

  it('lists jobs by tenant, door, node, label and end', async () => {
    const ids = async (query: string) =>
      (await call<{ jobs: Job[] }>(`${url}/v1/jobs?${query}`)).body.jobs.map(({ id }) => id);
    expect(await ids('label=team%3Dfilm')).toEqual([done]);
    expect(await ids('label=team%3Dnone')).toEqual([]);
    expect(await ids('node=sim-1&door=v1&state=succeeded')).toEqual([done]);
    expect(await ids('tenant=nobody')).toEqual([]);
    expect(await ids('ended_after=2999-01-01T00:00:00Z')).toEqual([]);
    expect((await call(`${url}/v1/jobs?label=x`)).status).toBe(422);
  });

  it('finds jobs by the beginning of the id, and by a part of tenant, label or error', async () => {
    const found = async (text: string, more = '') => {
      const query = `${url}/v1/jobs?search=${encodeURIComponent(text)}${more}`;
      const { status, body } = await call<{ jobs: Job[]; next_cursor: string | null }>(query);
      expect([text, status, body.next_cursor]).toEqual([text, 200, null]);
      return body.jobs.map(({ id }) => id);
    };
    const { jobs } = (await call<{ jobs: Job[] }>(`${url}/v1/jobs?state=failed`)).body;
    const [failed] = jobs;
    expect(await found(done)).toEqual([done]);
    expect(await found(done.slice(0, 23).toUpperCase())).toEqual([done]);
    expect(await found('TEAM=fil')).toEqual([done]);
    expect(await found(failed!.error!.message.slice(3, 20))).toEqual([failed!.id]);
    expect(await found('defaul')).toEqual([failed!.id, done]);
    expect(await found('defaul', '&state=succeeded&node=sim-1')).toEqual([done]);
    expect(await found('defaul', '&node=sim-2')).toEqual([]);
    for (const hostile of ['%', 'n_de', "'; --", '\\', '日', 'e'.repeat(200)])
      expect(await found(hostile)).toEqual([]);
    expect((await call(`${url}/v1/jobs?search=%00`)).status).toBeLessThan(500);
    expect((await call(`${url}/v1/jobs?search=${'e'.repeat(201)}`)).status).toBe(422);
  });

  it('submits the same again: a graph, and a workflow with its picture and seed', async () => {
    const again = await call<{ id: string }>(`${url}/v1/jobs/${done}/retry`, 'POST');
    expect(again.status).toBe(202);
    expect(await jobWhen(url, again.body.id, succeeded)).toMatchObject({ labels: { team: 'film' } });
    const image = await uploadedPicture(url, 'again.png');
    const inputs = { prompt: 'a pan', image, width: 512, height: 512, length: 16, steps: 1 };
    const first = await jobWhen(url, await submitJob(url, { workflow, inputs }), succeeded);
    const second = await call<{ id: string }>(`${url}/v1/jobs/${first.id}/retry`, 'POST');
    const repeated = await jobWhen(url, second.body.id, succeeded);
    expect(repeated).toMatchObject({ workflow });
    // The simulator makes a film of its inputs: equal films had equal seeds.
    expect(repeated.outputs.map(({ sha256 }) => sha256)).toEqual(first.outputs.map(({ sha256 }) => sha256));
    expect((await call(`${url}/v1/jobs/00000000-0000-4000-8000-000000000000/retry`, 'POST')).status).toBe(
      404,
    );
  });

  it('lets a job that waits go before others, and none that does not wait', async () => {
    await call(`${url}/v1/nodes/sim-1/drain`, 'POST');
    const [early, late] = [
      await submitJob(url, { graph: samplingGraph() }),
      await submitJob(url, { graph: samplingGraph() }),
    ];
    const order = (id: string, priority: unknown) => call(`${url}/v1/jobs/${id}`, 'PATCH', { priority });
    expect(await order(late, 3)).toMatchObject({
      status: 200,
      body: { id: late, state: 'queued', priority: 3 },
    });
    expect(await order(late, 3)).toMatchObject({ status: 200 });
    expect(await jobOf(url, late)).toMatchObject({ priority: 3 });
    await call(`${url}/v1/nodes/sim-1/undrain`, 'POST');
    const began = async (id: string) => Date.parse((await jobWhen(url, id, succeeded)).started_at ?? '');
    expect(await began(late)).toBeLessThan(await began(early));
    expect(await order(late, 0)).toMatchObject({ status: 409 });
    expect(await order('00000000-0000-4000-8000-000000000000', 0)).toMatchObject({ status: 404 });
    expect(await order('x', 0)).toMatchObject({ status: 404 });
    for (const wrong of [4, -4, 0.5, '1', null])
      expect(await order(early, wrong)).toMatchObject({ status: 422 });
  });

  it('cancels all of a tenant, and of nobody else', async () => {
    await call(`${url}/v1/nodes/sim-1/drain`, 'POST');
    await call(`${url}/v1/tenants/film`, 'PUT', {});
    const graph = () => ({ graph: samplingGraph() });
    const theirs = [
      await submitJob(url, { ...graph(), tenant: 'film' }),
      await submitJob(url, { ...graph(), tenant: 'film' }),
    ];
    const other = await submitJob(url, graph());
    expect(await call(`${url}/v1/jobs:cancel`, 'POST', { tenant: 'film' })).toMatchObject({
      status: 200,
      body: { cancelled: 2, stopping: 0, more: false },
    });
    for (const id of theirs) expect(await jobOf(url, id)).toMatchObject({ state: 'cancelled' });
    expect(await jobOf(url, other)).toMatchObject({ state: 'queued' });
    expect((await call(`${url}/v1/jobs:cancel`, 'POST', {})).status).toBe(422);
    await call(`${url}/v1/jobs/${other}/cancel`, 'POST');
  });

  it('documents what every route of /v1 answers', async () => {
    interface Operation {
      responses: Record<string, { content?: unknown }>;
    }
    const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, Operation>>;
    };
    const bare = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        path.startsWith('/v1/') &&
        method === 'get' &&
        !Object.values(responses).some(({ content }) => content)
          ? [path]
          : [],
      ),
    );
    expect(bare).toEqual([]);
  });
});
