/**
 * Each alert fires when its fault is injected and ends when that is mended: a real Prometheus evaluates the rules that are
 * shipped, sixty times faster, over two replicas: whichever owns a node, and whichever leads, both tell the same. A scenario has nodes with a model of their own, so that those that run at once do not meet.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type SimulatedNode, startSimulatedNode } from '../../src/programs/simulator/index.js';
import { alerts, hastenedAlerts } from '../support/alerts.js';
import { Deployment, type Replica } from '../support/deployment.js';
import { submit } from '../support/door-5014.js';
import { eventually } from '../support/poll.js';
import { hasPrometheus, Prometheus } from '../support/prometheus.js';
import { samplingGraph, withModel } from '../support/sampling-graph.js';

/** A node that is slow to answer on a starved machine is not lost; a run that hangs is stopped soon. */
const timings = {
  NODE_LOST_GRACE_MS: '15000',
  LEADER_LEASE_MS: '6000',
  REPLICA_LEASE_MS: '8000',
  ATTEMPT_RUN_LIMIT_MS: '6000',
};
/** Fired and ended by `promtool test rules` (alerts.test.yaml) alone, from the series of two replicas. */
const provenByPromtool = [
  'ComfyMuxNoLeader',
  'ComfyMuxDoesNotDispatch',
  'ComfyMuxFell',
  'ComfyMuxDiscoveryBlind',
  'ComfyMuxWebhooksGivenUp',
  'ComfyMuxBreakersUnheeded',
  'ComfyMuxArchiveStands',
  'ComfyMuxPoolFull',
];
const diskBytes = 48 * 1024 ** 2;
/** Enough to load the program, which reads its modules side by side. */
const filesMax = 1000;
const isWhole = hasPrometheus && process.getuid?.() === 0 && process.platform === 'linux';

describe.skipIf(!isWhole)(`alerts${isWhole ? '' : ' — skipped: no Prometheus, or not root on Linux'}`, () => {
  const tested = new Set<string>();
  const nodes: SimulatedNode[] = [];
  let deployment: Deployment;
  let replica: Replica;
  let other: Replica;
  let prometheus: Prometheus;
  let folder: string;
  const urls = (...more: Replica[]): string[] => [replica, other, ...more].map(({ url }) => url);
  const storage = () => join(folder, 'storage');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'comfymux-alerts-'));
    await writeFile(join(folder, 'alerts.yaml'), hastenedAlerts);
    // A disk of its own, which a test may fill.
    await mkdir(storage());
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', storage()]);
    if (mounted.status !== 0) throw new Error(`mount: ${String(mounted.stderr)}`);
    deployment = await Deployment.create([]);
    replica = await start();
    other = await start();
    prometheus = await Prometheus.start(urls(), join(folder, 'alerts.yaml'));
  });
  afterAll(async () => {
    await prometheus?.stop();
    await deployment?.destroy();
    await Promise.all(nodes.map(async (node) => node.stop()));
    spawnSync('umount', [storage()]);
    await rm(folder, { recursive: true });
  });

  const start = async (more = {}, under: string[] = []): Promise<Replica> =>
    deployment.start({ ...timings, STORAGE_URL: `file://${storage()}`, ...more }, { under });

  async function employ(...names: string[]): Promise<SimulatedNode[]> {
    const made = await Promise.all(
      names.map(async (name) =>
        startSimulatedNode({ name, stepMs: 20, loadMs: 1, models: withModel(`${name}.gguf`) }),
      ),
    );
    nodes.push(...made);
    for (const { name, url } of made) await replica.jobs.post('/v1/nodes', { id: name, url });
    await eventually(() => replica.jobs.nodesTakeWork(names), { timeoutMs: 30_000, intervalMs: 100 });
    return made;
  }

  const submitTo = async (name: string, steps = 3): Promise<string> =>
    replica.jobs.submit(samplingGraph({ model: `${name}.gguf`, steps }));

  const firing = async (alert: string, labels: string): Promise<boolean> =>
    (await prometheus.query(`ALERTS{alertname="${alert}",alertstate="firing"${labels && `,${labels}`}}`))
      .length > 0;

  async function expectFiring(alert: string, labels = ''): Promise<void> {
    tested.add(alert);
    // A node counts as down after a minute.
    await eventually(async () => firing(alert, labels), { timeoutMs: 120_000, intervalMs: 200, what: alert });
  }

  async function expectEnd(alert: string, labels = ''): Promise<void> {
    await eventually(async () => !(await firing(alert, labels)), {
      timeoutMs: 100_000,
      intervalMs: 200,
      what: `the end of ${alert}`,
    });
  }

  const running = async (id: string) => replica.jobs.attemptIs(id, 'running');

  describe.concurrent('of nodes and jobs', { timeout: 240_000 }, () => {
    it('a node that is down', async () => {
      const [node] = await employ('down');
      node?.exit();
      await expectFiring('ComfyMuxNodeDown', 'node="down"');
      await node?.restart();
      await expectEnd('ComfyMuxNodeDown', 'node="down"');
    });

    it('something else at the address of a node', async () => {
      const website = createServer((_request, response) => response.end('<html>Welcome</html>'));
      await once(website.listen(0, '127.0.0.1'), 'listening');
      const url = `http://127.0.0.1:${(website.address() as AddressInfo).port}`;
      await replica.jobs.post('/v1/nodes', { id: 'website', url });
      await expectFiring('ComfyMuxNodeIncompatible', 'node="website"');
      await replica.jobs.post('/v1/nodes/website', {}, 'DELETE');
      await expectEnd('ComfyMuxNodeIncompatible', 'node="website"');
      website.close();
    });

    it('a node that was drained and forgotten', async () => {
      await employ('drained');
      await replica.jobs.post('/v1/nodes/drained/drain', {});
      await expectFiring('ComfyMuxNodeRefused', 'node="drained"');
      await replica.jobs.post('/v1/nodes/drained/undrain', {});
      await expectEnd('ComfyMuxNodeRefused', 'node="drained"');
    });

    it('a zombie', async () => {
      const [node] = await employ('zombie');
      node?.inject({ kind: 'zombie' });
      const id = await submitTo('zombie');
      await expectFiring('ComfyMuxNodeZombie', 'node="zombie"');
      await replica.jobs.cancel(id);
      await node?.restart();
      await expectEnd('ComfyMuxNodeZombie', 'node="zombie"');
    });

    it('a GPU that fails every run', async () => {
      const [node] = await employ('gpu');
      node?.inject({ kind: 'sticky-cuda' });
      await submitTo('gpu');
      await Promise.all([
        expectFiring('ComfyMuxGpuFault', 'node="gpu"'),
        expectFiring('ComfyMuxBreakerOpen', 'node="gpu"'),
      ]);
      node?.clearFaults();
      await node?.restart();
      await expectEnd('ComfyMuxGpuFault', 'node="gpu"');
      // The breaker lets one job through to try, half a minute after it opened.
      await submitTo('gpu');
      await expectEnd('ComfyMuxBreakerOpen', 'node="gpu"');
    });

    it('nodes that lose their runs', async () => {
      const lost = Array.from({ length: 7 }, (_, index) => `lost-${index}`);
      const made = await employ(...lost);
      const ids = await Promise.all(lost.map(async (name) => submitTo(name, 150)));
      await Promise.all(ids.map(running));
      await Promise.all(made.map(async (node) => node.restart()));
      await expectFiring('ComfyMuxNodesFail');
      await expectEnd('ComfyMuxNodesFail');
    });

    it('runs that do not fit into memory, and jobs that fail', async () => {
      const [small, broken] = await employ('small', 'broken');
      small?.inject({ kind: 'oom', times: 100 });
      broken?.inject({ kind: 'node-error', times: 100 });
      await Promise.all(Array.from({ length: 6 }, async () => submitTo('small')));
      await Promise.all(Array.from({ length: 8 }, async () => submitTo('broken')));
      await Promise.all([expectFiring('ComfyMuxOutOfMemory'), expectFiring('ComfyMuxJobsFail')]);
      small?.clearFaults();
      broken?.clearFaults();
      await Promise.all([expectEnd('ComfyMuxOutOfMemory'), expectEnd('ComfyMuxJobsFail')]);
    });

    it('jobs that no node can run, and grow old', async () => {
      await employ('other', 'missing');
      // Its node is away when the job's turn comes.
      await replica.jobs.post('/v1/nodes/missing/drain', {});
      const [named, graph] = [await submit(replica.url), await submitTo('missing')];
      await replica.jobs.post('/v1/nodes/missing', {}, 'DELETE');
      await deployment.database?.pool.query(
        `UPDATE job SET created_at = created_at - interval '2 hours' WHERE id = $1`,
        [graph],
      );
      await Promise.all([
        expectFiring('ComfyMuxNoNodeFits'),
        expectFiring('ComfyMuxWorkflowStands', 'workflow=~"wan.*"'),
        expectFiring('ComfyMuxQueueOld', 'workflow="graph"'),
      ]);
      for (const id of [named, graph]) await replica.jobs.cancel(id);
      await Promise.all([
        expectEnd('ComfyMuxWorkflowStands', 'workflow=~"wan.*"'),
        expectEnd('ComfyMuxQueueOld', 'workflow="graph"'),
      ]);
    });

    it('a replica without files, without time, and gone', async () => {
      const second = await start({}, ['prlimit', `--nofile=${filesMax}:${filesMax}`]);
      await prometheus.scrape(urls(second));
      const instance = `instance="${new URL(second.url).host}"`;
      const { hostname, port } = new URL(second.url);
      const idle: Socket[] = [];
      for (let i = 0; i < filesMax * 0.82; i += 1)
        idle.push(connect(Number(port), hostname).on('error', () => undefined));
      await expectFiring('ComfyMuxFilesRunOut', instance);
      for (const socket of idle) socket.destroy();
      await expectEnd('ComfyMuxFilesRunOut', instance);

      const slowness = new AbortController();
      const slow = (async () => {
        for (; !slowness.signal.aborted; await sleep(250)) {
          process.kill(second.pid, 'SIGSTOP');
          await sleep(800);
          process.kill(second.pid, 'SIGCONT');
        }
      })();
      await expectFiring('ComfyMuxEventLoopSlow', instance);
      slowness.abort();
      await slow;
      await expectEnd('ComfyMuxEventLoopSlow', instance);

      await second.kill();
      await expectFiring('ComfyMuxReplicaLost', instance);
      await prometheus.scrape(urls());
      await expectEnd('ComfyMuxReplicaLost', instance);
    });
  });

  describe('of the whole', () => {
    it('a disk that is full', async () => {
      const [node] = await employ('full');
      node?.inject({ kind: 'hang-sampling' });
      const id = await submitTo('full');
      await running(id);
      const filler = await open(join(storage(), 'filler'), 'w');
      await filler.write(Buffer.alloc(diskBytes)).catch(() => undefined);
      await filler.close();
      node?.clearFaults();
      await Promise.all([expectFiring('ComfyMuxDiskFull'), expectFiring('ComfyMuxResultsNotKept')]);
      await rm(join(storage(), 'filler'));
      expect(await replica.jobs.ended(id)).toMatchObject({ state: 'succeeded' });
      await Promise.all([expectEnd('ComfyMuxDiskFull'), expectEnd('ComfyMuxResultsNotKept')]);
    });

    it('a database that is away', async () => {
      const name = new URL(deployment.databaseUrl).pathname.slice(1);
      const administer = async (sql: string): Promise<void> => {
        const client = new pg.Client({ connectionString: inject('postgresUrl') });
        await client.connect();
        try {
          await client.query(sql);
        } finally {
          await client.end();
        }
      };
      await administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await administer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
      const away = new AbortController();
      const asked = (async () => {
        for (; !away.signal.aborted; await sleep(100))
          await fetch(`${replica.url}/v1/jobs`).then(async (r) => r.text());
      })();
      await Promise.all([expectFiring('ComfyMuxDatabaseAway'), expectFiring('ComfyMuxDoorErrors')]);
      await administer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await Promise.all([expectEnd('ComfyMuxDatabaseAway'), expectEnd('ComfyMuxDoorErrors')]);
      away.abort();
      await asked;
    });

    it('no node that takes work, and no replica', async () => {
      const every = async (how: 'drain' | 'undrain') =>
        Promise.all(nodes.map(async ({ name }) => replica.jobs.post(`/v1/nodes/${name}/${how}`, {})));
      await every('drain');
      await submitTo('other');
      await expectFiring('ComfyMuxNoNodeAcceptsWork');
      await every('undrain');
      await expectEnd('ComfyMuxNoNodeAcceptsWork');

      await Promise.all([replica.kill(), other.kill()]);
      await expectFiring('ComfyMuxDown');
      [replica, other] = [await start(), await start()];
      await prometheus.scrape(urls());
      await expectEnd('ComfyMuxDown');
    });

    it('and there is no other alert', () => {
      const others = alerts.map(({ alert }) => alert).filter((alert) => !tested.has(alert));
      expect(others).toEqual(provenByPromtool);
    });
  });
});
