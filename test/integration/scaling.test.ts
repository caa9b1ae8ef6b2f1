/** GET /v1/scaling and comfymux_pool_nodes_wanted: what a scaler of GPU nodes goes by, also when it has taken the last one away. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment, type Replica } from '../support/deployment.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';

interface Wish {
  name: string;
  nodes_wanted: number;
  nodes: number;
  nodes_busy: number;
  waiting_jobs: number;
}

describe('the wanted nodes of a pool', () => {
  let deployment: Deployment;
  let replicas: Replica[];

  beforeAll(async () => {
    deployment = await Deployment.create([{ name: 'gpu1', stepMs: 20, loadMs: 1 }]);
    const env = { NODES: '', SCALING_POOLS: 'video:8,unused', SCALING_TARGET_WAIT_S: '1' };
    replicas = [
      await deployment.start(env, { nodesReady: false }),
      await deployment.start(env, { nodesReady: false }),
    ];
    await register();
  });
  afterAll(() => deployment.destroy());

  async function register(): Promise<void> {
    const [node] = deployment.nodes;
    const added = await replicas[0]!.jobs.post('/v1/nodes', {
      id: 'gpu1',
      url: node!.url,
      labels: { pool: 'video' },
    });
    expect(added.status).toBe(201);
    for (const { jobs } of replicas)
      await eventually(() => jobs.nodesTakeWork(['gpu1']), { timeoutMs: 30_000 });
  }

  async function wishOf(replica: Replica, pool: string): Promise<Wish | undefined> {
    const response = await fetch(`${replica.url}/v1/scaling`);
    if (!response.ok) return undefined;
    return ((await response.json()) as { pools: Wish[] }).pools.find(({ name }) => name === pool);
  }

  /** On every replica, and in what Prometheus scrapes there. */
  async function until(pool: string, wanted: (wish: Wish) => boolean): Promise<void> {
    for (const replica of replicas)
      await eventually(
        async () => {
          const wish = await wishOf(replica, pool);
          const metrics = await (await fetch(`${replica.url}/metrics`)).text();
          return (
            wish &&
            wanted(wish) &&
            metrics.includes(`comfymux_pool_nodes_wanted{pool="${pool}"} ${wish.nodes_wanted}\n`)
          );
        },
        { timeoutMs: 30_000, what: `the wish of ${pool}` },
      );
  }

  it('follow the work that waits and runs, and wake a pool that has no node left for what it could run', async () => {
    const { jobs } = replicas[0]!;
    await until('video', ({ nodes, nodes_wanted }) => nodes === 1 && nodes_wanted === 0);
    deployment.node('gpu1').inject({ kind: 'hang-sampling' });
    const ids = [];
    for (let index = 0; index < 3; index += 1) ids.push(await jobs.submit(samplingGraph()));
    await until('video', (wish) => wish.nodes_busy === 1 && wish.nodes_wanted >= 1 && wish.nodes_wanted <= 8);
    await until('unused', (wish) => wish.nodes_wanted === 0);
    deployment.node('gpu1').clearFaults();
    for (const id of ids) await jobs.ended(id);
    await until('video', ({ nodes_wanted }) => nodes_wanted === 0);

    await jobs.post('/v1/nodes/gpu1', {}, 'DELETE');
    await until('video', ({ nodes }) => nodes === 0);
    const waiting = await jobs.submit(samplingGraph());
    await until('video', (wish) => wish.nodes === 0 && wish.nodes_wanted === 1 && wish.waiting_jobs === 1);
    await until('unused', (wish) => wish.nodes_wanted === 0);
    await register();
    expect(await jobs.ended(waiting)).toMatchObject({ state: 'succeeded' });
  });

  it('are unknown, and not zero, while nobody decides', async () => {
    const held = await deployment.start({ DISPATCH: 'off' }, { nodesReady: false });
    for (const replica of replicas) await replica.stop();
    await eventually(async () => (await fetch(`${held.url}/v1/scaling`)).status === 503, {
      timeoutMs: 30_000,
    });
    expect(await (await fetch(`${held.url}/metrics`)).text()).not.toContain('comfymux_pool_nodes_wanted{');
  });

  it('come with a summary of what can run where', async () => {
    const replica = await deployment.start({}, { nodesReady: false });
    const readiness = (await (await fetch(`${replica.url}/v1/readiness`)).json()) as {
      ready: boolean;
      workflows: { name: string; nodes: { id: string }[] }[];
    };
    expect(readiness.workflows.map(({ name }) => name)).toEqual(['wan2.2_i2v_14b_4']);
    expect(readiness.workflows[0]?.nodes.map(({ id }) => id)).toEqual(['gpu1']);
  });
});
