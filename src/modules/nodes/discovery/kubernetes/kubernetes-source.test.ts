/** Against an API server over TLS that lists, watches and misbehaves as real ones do. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApiServer } from '../../../../../test/support/kubernetes/api-server.js';
import { PodsOfService } from '../../../../../test/support/kubernetes/pods.js';
import { eventually } from '../../../../../test/support/poll.js';
import { SystemClock } from '../../../../platform/clock/index.js';
import { KubernetesSource } from './kubernetes-source.js';

async function follow({
  idleTimeoutMs = 30_000,
  watchSeconds = 60,
  prepare = (_pods: PodsOfService): void => undefined,
} = {}) {
  const api = await ApiServer.start();
  const folder = mkdtempSync(join(tmpdir(), 'comfymux-kubernetes-'));
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const pods = new PodsOfService(api.store);
  prepare(pods);
  const lines: { msg: string; reason?: string }[] = [];
  const source = new KubernetesSource(
    { namespace: 'ai', service: 'comfyui', port: 'http' },
    {
      clock: new SystemClock(),
      log: pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) }),
      changed: () => undefined,
    },
    {
      url: api.url,
      tokenFile: file('token', `${api.token}\n`),
      caFile: file('ca.crt', api.ca),
      idleTimeoutMs,
    },
    { watchSeconds, backoffMinMs: 10, backoffMaxMs: 50 },
  );
  source.start();
  onTestFinished(async () => {
    await source.stop();
    await api.stop();
    rmSync(folder, { recursive: true });
  });
  const nodes = () => source.report.sighting?.nodes;
  const ids = () => nodes()?.map(({ id }) => id);
  return {
    api,
    pods,
    source,
    file,
    lines,
    nodes,
    ids,
    node: (name: string) => nodes()?.find(({ id }) => id === `${name}.ai`),
    expectNodes: async (...names: string[]) =>
      eventually(() => ids()?.join() === names.map((name) => `${name}.ai`).join(), { what: names.join() }),
    lists: () => api.requests.filter((request) => request.startsWith('list')).length,
  };
}

const pod = (name: string, at = 1) => ({ name, ip: `10.0.0.${at}` });

describe('the pods behind a Service', () => {
  it('come with name, address, labels and weight, and go', async () => {
    const { pods, expectNodes, nodes } = await follow();
    await expectNodes();
    pods.set({
      ...pod('gpu-0'),
      labels: { 'comfymux.io/pool': 'video', 'comfymux.io/gpu': 'a100' },
      annotations: { 'comfymux.io/weight': '2', 'comfymux.io/gpu': '5090', 'other.io/key': 'x' },
    });
    pods.set(pod('gpu-1', 2));
    await expectNodes('gpu-0', 'gpu-1');
    expect(nodes()).toEqual([
      {
        id: 'gpu-0.ai',
        url: 'http://10.0.0.1:8188',
        settings: { weight: 2, labels: { pool: 'video', gpu: '5090' } },
        leaving: false,
        incarnation: 'uid-gpu-0/0',
      },
      {
        id: 'gpu-1.ai',
        url: 'http://10.0.0.2:8188',
        settings: { weight: 1, labels: {} },
        leaving: false,
        incarnation: 'uid-gpu-1/0',
      },
    ]);
    pods.remove('gpu-0');
    await expectNodes('gpu-1');
  });

  it('leave when they terminate, are gone when they are deleted, and live on when they are no longer selected', async () => {
    const { pods, expectNodes, node, source } = await follow({
      prepare: (all) => ['a', 'b'].forEach((name, at) => all.set(pod(name, at + 1))),
    });
    await expectNodes('a', 'b');
    pods.set({ ...pod('a'), terminating: true });
    await eventually(() => node('a')?.leaving);
    const isGone = (incarnation: string) => source.report.sighting?.isGone(incarnation);
    expect([isGone('uid-a/0'), isGone('uid-b/0')]).toEqual([false, false]);
    pods.remove('a');
    pods.deselect('b');
    await expectNodes();
    expect([isGone('uid-a/0'), isGone('uid-b/0')]).toEqual([true, false]);
  });

  it('are another process when their container was restarted, and none of a side car', async () => {
    const { pods, expectNodes, node } = await follow({ prepare: (all) => all.set(pod('a')) });
    await expectNodes('a');
    pods.set({ ...pod('a'), crashed: true });
    await eventually(() => node('a')?.incarnation === 'uid-a/1');
    pods.set({ ...pod('a'), crashed: false, restartCount: 1 });
    pods.set({ ...pod('a'), annotations: { 'comfymux.io/weight': '3' } });
    await eventually(() => node('a')?.settings?.weight === 3);
    expect(node('a')?.incarnation).toBe('uid-a/1');
  });

  it('are nodes also while they are not ready: a busy ComfyUI answers no probe', async () => {
    const { pods, expectNodes, node } = await follow({ prepare: (all) => all.set(pod('a')) });
    await expectNodes('a');
    pods.set({ ...pod('a'), ready: false });
    pods.set(pod('b', 2));
    await expectNodes('a', 'b');
    expect(node('a')?.leaving).toBe(false);
  });

  it('are gone when another pod has their name, or when they have failed for good', async () => {
    const { pods, expectNodes, node, source } = await follow({
      prepare: (all) => ['a', 'b'].forEach((name, at) => all.set(pod(name, at + 1))),
    });
    await expectNodes('a', 'b');
    pods.set({ ...pod('a', 3), uid: 'another' });
    pods.set({ ...pod('b', 2), phase: 'Failed' });
    await expectNodes('a');
    expect(node('a')).toMatchObject({ url: 'http://10.0.0.3:8188', incarnation: 'another/0' });
    for (const gone of ['uid-a/0', 'uid-b/0']) expect(source.report.sighting?.isGone(gone)).toBe(true);
  });

  it('are followed without labels and evidence where pods may not be read', async () => {
    const { api, pods, expectNodes, nodes, source, lines } = await follow({
      prepare: (all) => all.set({ ...pod('a'), annotations: { 'comfymux.io/weight': '2' } }),
    });
    api.faults.forbidden = ['pods'];
    api.breakConnections();
    pods.set(pod('b', 2));
    await eventually(
      () => nodes()?.every(({ incarnation }) => incarnation === null) && nodes()?.length === 2,
    );
    expect(source.report.sighting?.isGone('uid-a/0')).toBe(false);
    expect(lines.filter(({ msg }) => msg.startsWith('pods may not be read'))).toHaveLength(1);
    api.faults.forbidden = [];
    await eventually(() => nodes()?.[0]?.incarnation === 'uid-a/0');
    await expectNodes('a', 'b');
  });
});

describe('a watch', () => {
  it('is understood however its bytes are cut', async () => {
    const { api, pods, expectNodes, node } = await follow();
    await expectNodes();
    api.faults.pieceBytes = 7;
    pods.set({ ...pod('gpu-0'), annotations: { 'comfymux.io/place': 'Köln 🖥️' } });
    await expectNodes('gpu-0');
    expect(node('gpu-0')?.settings?.labels).toEqual({ place: 'Köln 🖥️' });
  });

  it('that ends in its time is taken up from its last bookmark, without another list', async () => {
    const { api, pods, expectNodes, lists } = await follow({ watchSeconds: 1 });
    await expectNodes();
    const listed = lists();
    api.store.put({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'x', namespace: 'ai' } });
    const bookmarked = api.store.version;
    api.bookmark();
    await eventually(() => api.requests.includes(`watch pods from ${bookmarked}`));
    pods.set(pod('a'));
    await expectNodes('a');
    expect(lists()).toBe(listed);
  });

  it('that breaks off is taken up again and misses nothing', async () => {
    const { api, pods, expectNodes, source, lists } = await follow({ prepare: (all) => all.set(pod('a')) });
    await expectNodes('a');
    const listed = lists();
    api.breakConnections();
    pods.set(pod('b', 2));
    pods.remove('a');
    await expectNodes('b');
    expect([lists(), source.report.isFresh]).toEqual([listed, true]);
  });

  it.each(['as the status of the answer', 'as an event of the watch'])(
    'whose version is forgotten (410, %s) leads to a new list, and what is gone meanwhile is gone',
    async (how) => {
      const { api, pods, expectNodes, lists } = await follow({
        prepare: (all) => ['a', 'b'].forEach((name, at) => all.set(pod(name, at + 1))),
      });
      await expectNodes('a', 'b');
      const listed = lists();
      if (how.includes('event')) {
        api.faults.silent = true;
        pods.remove('a');
        api.faults.silent = false;
        api.failWatches(410, 'Expired');
      } else {
        await api.goAway();
        pods.remove('a');
        api.store.compact();
        await api.comeBack();
      }
      await expectNodes('b');
      expect(lists()).toBeGreaterThan(listed);
    },
  );

  it('on a connection that is half dead is given up when not even a bookmark comes', async () => {
    const { api, pods, expectNodes } = await follow({
      idleTimeoutMs: 300,
      prepare: (all) => all.set(pod('a')),
    });
    await expectNodes('a');
    api.faults.silent = true;
    pods.set(pod('b', 2));
    const asked = api.requests.length;
    await eventually(() => api.requests.length > asked);
    api.faults.silent = false;
    await expectNodes('a', 'b');
  });

  it('is not left open when it is no longer wanted', async () => {
    const { api, source, expectNodes } = await follow();
    await expectNodes();
    await eventually(() => api.watchesOpen === 2);
    await source.stop();
    await eventually(() => api.watchesOpen === 0);
  });
});

describe('an API server', () => {
  it('that tells long lists in pages is read to the end', async () => {
    const { api, expectNodes, pods } = await follow({ prepare: (all) => all.set(pod('a')) });
    await expectNodes('a');
    await api.goAway();
    for (let at = 0; at < 12; at += 1) pods.set(pod(`p${String(at).padStart(2, '0')}`, at + 2));
    api.store.compact();
    api.faults.pageMax = 5;
    await api.comeBack();
    await eventually(() => api.requests.filter((request) => request === 'list pods continue').length >= 2);
    await expectNodes('a', ...Array.from({ length: 12 }, (_, at) => `p${String(at).padStart(2, '0')}`));
  });

  it('that is away changes nothing, is told of once, and is followed again when it is back', async () => {
    const { api, pods, expectNodes, ids, source, lines } = await follow({
      prepare: (all) => all.set(pod('a')),
    });
    await expectNodes('a');
    await api.goAway();
    pods.set(pod('b', 2));
    await eventually(() => !source.report.isFresh);
    expect(ids()).toEqual(['a.ai']);
    await api.comeBack();
    await expectNodes('a', 'b');
    expect(source.report.isFresh).toBe(true);
    expect(lines.map(({ msg }) => msg)).toEqual([
      'a source of nodes cannot be read: the registry stays as it is',
      'a source of nodes can be read again',
    ]);
  });

  it('that refuses with a status changes nothing, and is asked less and less', async () => {
    const { api, expectNodes, ids, source } = await follow({ prepare: (all) => all.set(pod('a')) });
    await expectNodes('a');
    api.faults.status = 500;
    api.breakConnections();
    await eventually(() => source.report.failure !== undefined);
    expect(source.report.failure).toBe('the Kubernetes API answers 500: the server is not itself');
    expect(ids()).toEqual(['a.ai']);
    delete api.faults.status;
    await eventually(() => source.report.isFresh);
  });

  it('that renews the token of the pod is asked with the new one', async () => {
    const { api, file, source, expectNodes, pods } = await follow();
    await expectNodes();
    api.token = 'second-token';
    api.breakConnections();
    await eventually(() => source.report.failure?.includes('401'));
    file('token', 'second-token');
    pods.set(pod('a'));
    await expectNodes('a');
    expect(source.report.isFresh).toBe(true);
  });

  it('that forbids the endpoints says whom to give the role', async () => {
    const { api, source } = await follow();
    api.faults.forbidden = ['endpointslices'];
    api.breakConnections();
    await eventually(() => source.report.failure?.includes('endpointslices is forbidden: User'));
  });

  it('whose certificate nobody vouches for is not believed', async () => {
    const { api, file, source, expectNodes } = await follow();
    await expectNodes();
    const other = await ApiServer.start();
    onTestFinished(() => other.stop());
    file('ca.crt', other.ca);
    api.breakConnections();
    await eventually(() => /certificate|signature/.test(source.report.failure ?? ''));
    file('ca.crt', api.ca);
    await eventually(() => source.report.isFresh);
  });
});
