import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type SimulatedNode, startSimulatedNode } from '../../src/programs/simulator/index.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { freePort } from '../support/ports.js';
import { eventually } from '../support/poll.js';
import {
  call,
  type Job,
  jobWhen,
  running,
  submitJob,
  succeeded,
  uploadedPicture,
  workflow,
} from '../support/v1.js';

interface NodeBody {
  id: string;
  url: string;
  state: string;
  admin: string;
  accepts_work: boolean;
  reason: string | null;
  version: string | null;
}

describe('/v1/nodes', () => {
  let cluster: Cluster;
  let url: string;
  let image: { asset: string };

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'sim-1', loadMs: 1, stepMs: 50 }] });
    url = cluster.url;
    image = await uploadedPicture(url, 'nodes.png');
  });
  afterAll(() => cluster.stop());

  const order = (noiseSeed: number) => ({
    workflow,
    inputs: { prompt: 'a', image, width: 512, height: 512, length: 16, steps: 1, noise_seed: noiseSeed },
  });

  const nodeWhen = (id: string, holds: (node: NodeBody) => boolean): Promise<NodeBody> =>
    eventually(
      async () => {
        const { body } = await call<NodeBody>(`${url}/v1/nodes/${id}`);
        return holds(body) && body;
      },
      { timeoutMs: 30_000, intervalMs: 50, what: `node ${id}` },
    );

  it('finds each of many nodes that are registered at once', async () => {
    const ids = Array.from({ length: 12 }, (_, at) => `many-${at}`);
    const answers = await Promise.all(
      ids.map(async (id, at) => call(`${url}/v1/nodes`, 'POST', { id, url: `http://127.0.0.1:1/${at}` })),
    );
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 201));
    await Promise.all(ids.map(async (id) => call(`${url}/v1/nodes/${id}`, 'DELETE')));
  });

  it('tells what each node is', async () => {
    const { body } = await call<{ nodes: NodeBody[] }>(`${url}/v1/nodes`);
    expect(body.nodes).toMatchObject([
      {
        id: 'sim-1',
        url: cluster.node('sim-1').url,
        source: 'env',
        state: 'ready',
        admin: 'active',
        breaker: 'closed',
        accepts_work: true,
        reason: null,
        version: '0.33.0',
        devices: [{ type: 'cuda' }],
      },
    ]);
  });

  it('registers a node that gets work at once, changes it, and forgets it', async () => {
    const added = await startSimulatedNode({ name: 'added', loadMs: 1, stepMs: 50 });
    try {
      const registration = { id: 'added', url: added.url, labels: { rack: 'b' } };
      const created = await call<NodeBody>(`${url}/v1/nodes`, 'POST', registration);
      expect(created).toMatchObject({
        status: 201,
        body: { id: 'added', source: 'api', labels: { rack: 'b' } },
      });
      expect(await call(`${url}/v1/nodes`, 'POST', registration)).toMatchObject({
        status: 409,
        contentType: expect.stringContaining('application/problem+json'),
        body: { code: 'conflict' },
      });
      await nodeWhen('added', (node) => node.accepts_work);
      await runBoth(added);
      const changed = await call(`${url}/v1/nodes/added`, 'PATCH', { weight: 2, labels: { rack: 'c' } });
      expect(changed).toMatchObject({ status: 200, body: { weight: 2, labels: { rack: 'c' } } });
      expect((await call(`${url}/v1/nodes/added`, 'DELETE')).status).toBe(204);
      expect((await call(`${url}/v1/nodes/added`)).status).toBe(404);
      expect((await call<{ nodes: NodeBody[] }>(`${url}/v1/nodes`)).body.nodes).toHaveLength(1);
    } finally {
      await added.stop();
    }
  });

  /** Two jobs at once, of which the other node must take one. */
  async function runBoth(other: SimulatedNode): Promise<void> {
    const hang = cluster.node('sim-1').inject({ kind: 'hang-sampling' });
    onTestFinished(() => hang.clear());
    const ids = [await submitJob(url, order(1)), await submitJob(url, order(2))];
    await eventually(() => other.record().some(({ outcome }) => outcome === 'success'), {
      timeoutMs: 30_000,
    });
    hang.clear();
    for (const id of ids) await jobWhen(url, id, succeeded);
  }

  it('lets a draining node finish its run, gives it nothing new, and gives it work again when undrained', async () => {
    const node = cluster.node('sim-1');
    const before = node.record().length;
    const hang = node.inject({ kind: 'hang-sampling' });
    onTestFinished(() => hang.clear());
    const first = await submitJob(url, order(3));
    await jobWhen(url, first, running);
    expect(await call(`${url}/v1/nodes/sim-1/drain`, 'POST')).toMatchObject({
      status: 200,
      body: { admin: 'draining', accepts_work: false },
    });
    const second = await submitJob(url, order(4));
    hang.clear();
    await jobWhen(url, first, succeeded);
    await nodeWhen('sim-1', ({ admin, accepts_work }) => admin === 'drained' && !accepts_work);
    const waiting = await jobWhen(url, second, (job: Job) => job.waiting_for !== 'jobs before it');
    expect(waiting).toMatchObject({ state: 'queued', attempts: 0 });
    expect(waiting.waiting_for).toContain('no node that can run it takes work');
    expect(node.record()).toHaveLength(before + 1);
    expect((await call(`${url}/health`)).body).toMatchObject({ status: 'healthy' });
    expect(await call(`${url}/v1/nodes/sim-1/undrain`, 'POST')).toMatchObject({ body: { admin: 'active' } });
    await jobWhen(url, second, succeeded);
    expect(node.record()).toHaveLength(before + 2);
  });

  it('says why a node takes no work: nobody there, or something else', async () => {
    await call(`${url}/v1/nodes`, 'POST', { id: 'nobody', url: `http://127.0.0.1:${await freePort()}` });
    await call(`${url}/v1/nodes`, 'POST', { id: 'ourselves', url });
    expect(await nodeWhen('nobody', ({ reason }) => reason !== null)).toMatchObject({
      accepts_work: false,
      reason: expect.stringMatching(/refused|ECONNREFUSED/),
    });
    const other = await nodeWhen('ourselves', ({ reason }) => reason !== null);
    expect(other.accepts_work).toBe(false);
    for (const id of ['nobody', 'ourselves']) await call(`${url}/v1/nodes/${id}`, 'DELETE');
  });

  it('refuses what is not a node', async () => {
    for (const body of [
      {},
      { id: 'x', url: 'ftp://127.0.0.1' },
      { id: '../x', url: 'http://127.0.0.1' },
      { id: 'x', url: 'http://127.0.0.1', colour: 'red' },
    ])
      expect(await call(`${url}/v1/nodes`, 'POST', body)).toMatchObject({
        status: 422,
        contentType: expect.stringContaining('application/problem+json'),
        body: { code: 'unprocessable', status: 422 },
      });
    for (const [method, path] of [
      ['GET', 'none'],
      ['PATCH', 'none'],
      ['DELETE', 'none'],
      ['POST', 'none/drain'],
    ] as const)
      expect(
        await call(`${url}/v1/nodes/${path}`, method, method === 'PATCH' ? { weight: 1 } : undefined),
      ).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});
