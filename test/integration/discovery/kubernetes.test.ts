/** Simulated nodes as the pods of a Service, two replicas, and an API server that is theirs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Deployment, type Replica, runsOf } from '../../support/deployment.js';
import { ApiServer } from '../../support/kubernetes/api-server.js';
import { PodsOfService, type PodState } from '../../support/kubernetes/pods.js';
import { readMetrics } from '../../support/metrics.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { isForgotten, nodesOf, nodeWhen, takesWork } from './registry.js';
import { expectWithin } from '../../support/within.js';

const source = 'kubernetes:ai/comfyui:http';
/** Long enough that only evidence can end an attempt before it. */
const graceMs = 60_000;

describe('pods', () => {
  let deployment: Deployment;
  let folder: string;
  let api: ApiServer;
  let pods: PodsOfService;
  let first: Replica;
  let second: Replica;
  let crashed = '';
  const urls = () => [first.url, second.url];

  const podOf = (name: string, change: Partial<PodState> = {}): PodState => ({
    name,
    ip: '127.0.0.1',
    port: Number(new URL(deployment.node(name).url).port),
    ...change,
  });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'comfymux-kubernetes-'));
    api = await ApiServer.start();
    pods = new PodsOfService(api.store);
    writeFileSync(join(folder, 'token'), api.token);
    writeFileSync(join(folder, 'ca.crt'), api.ca);
    deployment = await Deployment.create(
      ['gpu-0', 'gpu-1', 'gpu-2'].map((name) => ({ name, loadMs: 1, stepMs: 20 })),
    );
    const env = {
      NODES: '',
      NODES_KUBERNETES: 'ai/comfyui:http',
      KUBERNETES_API_URL: api.url,
      KUBERNETES_TOKEN_FILE: join(folder, 'token'),
      KUBERNETES_CA_FILE: join(folder, 'ca.crt'),
      NODE_LOST_GRACE_MS: String(graceMs),
    };
    [first, second] = [
      await deployment.start(env, { nodesReady: false }),
      await deployment.start(env, { nodesReady: false }),
    ];
  });
  afterAll(async () => {
    await deployment.destroy();
    await api.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    const names = ['gpu-0', 'gpu-1', 'gpu-2'].filter((name) => name !== crashed).slice(0, 2);
    for (const name of names) pods.set(podOf(name, { terminating: false }));
    for (const url of urls()) for (const name of names) await nodeWhen(url, `${name}.ai`, takesWork);
  });
  afterEach(() => {
    for (const node of deployment.nodes) node.clearFaults();
  });

  /** A job that runs on one of them and does not end by itself. */
  async function hangingJob() {
    for (const node of deployment.nodes) node.inject({ kind: 'hang-sampling' });
    const id = await first.jobs.submit(samplingGraph());
    const { node_id } = await first.jobs.attemptIs(id, 'running');
    const [name = ''] = (node_id ?? '').split('.');
    for (const node of deployment.nodes) if (node.name !== name) node.clearFaults();
    return { id, name, nodeId: node_id ?? '' };
  }

  it('that appear get work, with the labels and the weight of their annotations', async () => {
    const annotations = { 'comfymux.io/weight': '100', 'comfymux.io/pool': 'video' };
    pods.set(podOf('gpu-2', { annotations }));
    expect(await nodeWhen(second.url, 'gpu-2.ai', takesWork)).toMatchObject({
      source,
      url: deployment.node('gpu-2').url,
      weight: 100,
      labels: { pool: 'video' },
    });
    await nodeWhen(first.url, 'gpu-2.ai', takesWork);
    const job = await first.jobs.ended(await first.jobs.submit(samplingGraph()));
    expect(job).toMatchObject({ state: 'succeeded', history: [{ node_id: 'gpu-2.ai' }] });
    pods.remove('gpu-2');
    for (const url of urls()) await nodeWhen(url, 'gpu-2.ai', isForgotten);
  });

  it('that terminate get nothing new and finish their run', async () => {
    const { id, name, nodeId } = await hangingJob();
    pods.set(podOf(name, { terminating: true }));
    for (const url of urls())
      expect(await nodeWhen(url, nodeId, (node) => node?.leaving === true)).toMatchObject({
        admin: 'draining',
        accepts_work: false,
      });
    const other = await first.jobs.ended(await first.jobs.submit(samplingGraph()));
    expect(other.history.map((attempt) => attempt.node_id)).not.toContain(nodeId);
    deployment.node(name).clearFaults();
    const job = await first.jobs.ended(id);
    expect(job).toMatchObject({ state: 'succeeded', attempts: 1, history: [{ node_id: nodeId }] });
    await nodeWhen(second.url, nodeId, (node) => node?.admin === 'drained');
    pods.remove(name);
    for (const url of urls()) await nodeWhen(url, nodeId, isForgotten);
  });

  it('that are deleted lose their run at once, to another pod, whatever their address does', async () => {
    const { id, name, nodeId } = await hangingJob();
    const since = performance.now();
    pods.remove(name);
    const job = await first.jobs.ended(id);
    expect(job).toMatchObject({ state: 'succeeded', attempts: 2 });
    expect(job.history[0]).toMatchObject({ node_id: nodeId, outcome: 'node_lost' });
    expect(job.history[1]?.node_id).not.toBe(nodeId);
    expectWithin(graceMs / 2, since);
    for (const url of urls()) await nodeWhen(url, nodeId, isForgotten);
  });

  it('whose name another pod takes lose their run at once, and the successor takes work under the name', async () => {
    const { id, name, nodeId } = await hangingJob();
    pods.set(
      podOf(name, { uid: `another-${name}`, port: Number(new URL(deployment.node('gpu-2').url).port) }),
    );
    const job = await first.jobs.ended(id);
    expect(job.history[0]).toMatchObject({ node_id: nodeId, outcome: 'node_lost' });
    for (const url of urls())
      await nodeWhen(url, nodeId, (node) => takesWork(node) && node?.url === deployment.node('gpu-2').url);
    pods.remove(name);
    for (const url of urls()) await nodeWhen(url, nodeId, isForgotten);
  });

  it('whose container crashed lose their run as soon as Kubernetes says so', async () => {
    const { id, name, nodeId } = await hangingJob();
    const node = deployment.node(name);
    await node.stop();
    crashed = name;
    const since = performance.now();
    pods.set(podOf(name, { crashed: true }));
    await nodeWhen(second.url, nodeId, (one) => one?.state === 'down');
    const job = await first.jobs.until(id, (one) => one.history[0]?.outcome !== null);
    expect(job.history[0]).toMatchObject({
      outcome: 'node_lost',
      error: { message: expect.stringMatching(/process/) },
    });
    // Without evidence a closed port is waited for ten seconds.
    expectWithin(9_000, since);
    pods.remove(name);
    expect(await first.jobs.ended(id)).toMatchObject({ state: 'succeeded', attempts: 2 });
    expect(runsOf(await first.jobs.get(id), deployment.nodes).length).toBeLessThanOrEqual(2);
  });

  it('stay as they are while the API server is away, and work goes on', async () => {
    const before = (await nodesOf(first.url)).map(({ id, leaving }) => [id, leaving]);
    await api.goAway();
    for (const url of urls())
      await eventually(
        async () => (await readMetrics(url)).value('comfymux_discovery_up', { source }) === 0,
        {
          timeoutMs: 20_000,
        },
      );
    const live = await first.jobs.ended(await first.jobs.submit(samplingGraph()));
    expect(live.state).toBe('succeeded');
    for (const url of urls())
      expect((await nodesOf(url)).map(({ id, leaving }) => [id, leaving])).toEqual(before);
    await api.comeBack();
    for (const url of urls())
      await eventually(
        async () => (await readMetrics(url)).value('comfymux_discovery_up', { source }) === 1,
        {
          timeoutMs: 30_000,
        },
      );
  });

  it('are followed by the other replica when the one that wrote them dies', async () => {
    await first.kill();
    const name = crashed === 'gpu-1' ? 'gpu-0' : 'gpu-1';
    pods.set(podOf(name, { annotations: { 'comfymux.io/weight': '5' } }));
    expect(await nodeWhen(second.url, `${name}.ai`, (node) => node?.weight === 5)).toMatchObject({ source });
  });
});
