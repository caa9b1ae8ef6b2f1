/** Nodes of NODES_FILE, NODES and the API beside each other, on two replicas. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Deployment, type Replica, runsOf } from '../../support/deployment.js';
import { readMetrics } from '../../support/metrics.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { call } from '../../support/v1.js';
import { isForgotten, nodesOf, nodeWhen, takesWork } from './registry.js';

describe('nodes of a file', () => {
  let deployment: Deployment;
  let folder: string;
  let first: Replica;
  let second: Replica;
  const env = () => ({ NODES: '', NODES_FILE: join(folder, 'nodes.yaml') });
  const urlOf = (name: string) => deployment.node(name).url;

  function list(text: string): void {
    writeFileSync(join(folder, 'next'), text);
    renameSync(join(folder, 'next'), join(folder, 'nodes.yaml'));
  }
  const listNodes = (...names: string[]) =>
    list(`nodes: [${names.map((name) => `{ name: ${name}, url: '${urlOf(name)}' }`).join(', ')}]`);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'comfymux-nodes-'));
    deployment = await Deployment.create(
      ['one', 'two', 'three'].map((name) => ({ name, loadMs: 1, stepMs: 20 })),
    );
    listNodes('one');
    [first, second] = [
      await deployment.start(env(), { nodesReady: false }),
      await deployment.start(env(), { nodesReady: false }),
    ];
  });
  afterAll(async () => {
    await deployment.destroy();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    listNodes('one');
    await nodeWhen(second.url, 'one', takesWork);
  });
  afterEach(() => {
    for (const node of deployment.nodes) node.clearFaults();
  });

  it('are registered with labels and weight on every replica, and get work', async () => {
    list(`nodes: [{ name: one, url: '${urlOf('one')}', weight: 2, pool: video, labels: { gpu: '5090' } }]`);
    for (const { url } of [first, second])
      await nodeWhen(url, 'one', (node) => node?.weight === 2 && node.labels['pool'] === 'video');
    expect(await nodeWhen(second.url, 'one', takesWork)).toMatchObject({
      source: 'file',
      leaving: false,
      labels: { gpu: '5090', pool: 'video' },
    });
    const job = await first.jobs.ended(await first.jobs.submit(samplingGraph()));
    expect(job.state).toBe('succeeded');
  });

  it('finish what runs when they are taken out, get nothing new, and are then forgotten', async () => {
    const hang = deployment.node('one').inject({ kind: 'hang-sampling' });
    const id = await first.jobs.submit(samplingGraph());
    await first.jobs.attemptIs(id, 'running');
    listNodes('two');
    await nodeWhen(first.url, 'two', takesWork);
    expect(await nodeWhen(second.url, 'one', (node) => node?.leaving === true)).toMatchObject({
      admin: 'draining',
      accepts_work: false,
    });
    const later = await first.jobs.ended(await first.jobs.submit(samplingGraph()));
    expect(later.history.map((attempt) => attempt.node_id)).toEqual(['two']);
    hang.clear();
    const job = await first.jobs.ended(id);
    expect(job).toMatchObject({ state: 'succeeded', history: [{ node_id: 'one' }] });
    expect(runsOf(job, deployment.nodes)).toHaveLength(1);
    for (const { url } of [first, second]) await nodeWhen(url, 'one', isForgotten);
    // Its name stays in what it did.
    expect((await first.jobs.get(id)).history).toMatchObject([{ node_id: 'one', outcome: 'ok' }]);
  });

  it('stay as they are while the file is broken, which metrics tell', async () => {
    const up = async (url: string) =>
      (await readMetrics(url)).value('comfymux_discovery_up', { source: 'file' });
    list('nodes: [');
    for (const { url } of [first, second]) await eventually(async () => (await up(url)) === 0);
    expect(await nodeWhen(first.url, 'one', takesWork)).toMatchObject({ leaving: false });
    listNodes('one', 'two');
    await nodeWhen(first.url, 'two', takesWork);
    expect(await up(first.url)).toBe(1);
  });

  it('are changed in the file alone; draining is left to operators', async () => {
    const refused = await call(`${first.url}/v1/nodes/one`, 'PATCH', { weight: 3 });
    expect(refused).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('file says the weight') },
    });
    expect((await call(`${first.url}/v1/nodes/one`, 'DELETE')).status).toBe(409);
    expect(await call(`${first.url}/v1/nodes/one/drain`, 'POST')).toMatchObject({ status: 200 });
    list(`nodes: [{ name: one, url: '${urlOf('one')}', weight: 4 }]`);
    await nodeWhen(second.url, 'one', (node) => node?.weight === 4 && node.admin === 'drained');
    await call(`${first.url}/v1/nodes/one/undrain`, 'POST');
  });

  it('never take a node that an operator registered, nor let it go', async () => {
    await call(`${first.url}/v1/nodes`, 'POST', { id: 'mine', url: urlOf('three'), labels: { rack: 'b' } });
    list(`nodes: [{ name: one, url: '${urlOf('one')}' }, { name: theirs, url: '${urlOf('three')}' }]`);
    await eventually(
      async () =>
        (
          await Promise.all(
            [first, second].map(async ({ url }) =>
              (await readMetrics(url)).value('comfymux_discovery_refused', { source: 'file' }),
            ),
          )
        ).includes(1),
      { timeoutMs: 15_000 },
    );
    expect((await nodesOf(first.url)).map(({ id, source }) => [id, source])).toContainEqual(['mine', 'api']);
    listNodes('one');
    await eventually(async () => (await nodesOf(first.url)).length === 2, { timeoutMs: 30_000 });
    expect(await call(`${first.url}/v1/nodes/mine`, 'DELETE')).toMatchObject({ status: 204 });
  });

  it('go on when the replica that wrote them dies', async () => {
    await first.kill();
    listNodes('one', 'three');
    await nodeWhen(second.url, 'three', takesWork);
    first = await deployment.start(env(), { nodesReady: false });
    expect(await nodeWhen(first.url, 'three', takesWork)).toMatchObject({ source: 'file' });
  });
});

describe('nodes that a restart no longer configures', () => {
  it('are let go like others: one of NODES, and those of a source that is gone', async () => {
    const deployment = await Deployment.create(
      ['one', 'two', 'three'].map((name) => ({ name, loadMs: 1, stepMs: 20 })),
    );
    const folder = mkdtempSync(join(tmpdir(), 'comfymux-nodes-'));
    try {
      const [one, two, three] = deployment.nodes.map(({ url }) => url);
      writeFileSync(join(folder, 'nodes.yaml'), `nodes: [{ name: three, url: '${three}' }]`);
      const NODES_FILE = join(folder, 'nodes.yaml');
      const before = await deployment.start({ NODES: `one=${one},two=${two}`, NODES_FILE });
      deployment.node('two').inject({ kind: 'hang-sampling' });
      const ids: string[] = [];
      for (let count = 0; count < 3; count += 1)
        ids.push(await before.jobs.submit(samplingGraph({ steps: 2 })));
      await eventually(async () => deployment.node('two').record().length === 1, { timeoutMs: 15_000 });
      await before.stop();
      const after = await deployment.start({ NODES: `one=${one}` }, { nodesReady: false });
      for (const id of ['two', 'three'])
        await nodeWhen(after.url, id, (node) => node === undefined || node.leaving);
      deployment.node('two').clearFaults();
      for (const id of ids) expect((await after.jobs.ended(id)).attempts).toBe(1);
      for (const id of ['two', 'three']) await nodeWhen(after.url, id, isForgotten);
      expect((await nodesOf(after.url)).map(({ id }) => id)).toEqual(['one']);
    } finally {
      await deployment.destroy();
      rmSync(folder, { recursive: true });
    }
  });
});
