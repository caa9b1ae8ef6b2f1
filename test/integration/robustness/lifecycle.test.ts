/** Start and stop of the whole: service, embedded database and simulated nodes, by signals as a terminal sends them. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterEach, describe, expect, test } from 'vitest';
import { createDatabase } from '../../support/database.js';
import { eventually } from '../../support/poll.js';
import { freePort } from '../../support/ports.js';
import { processesNaming } from '../../support/processes.js';
import { launchService, type Service, startService } from '../../support/service.js';
import { expectWithin } from '../../support/within.js';

const quick = {
  NODE_POLL_INTERVAL_MS: '200',
  IDLE_POLL_INTERVAL_MS: '200',
  REPLICA_LEASE_MS: '2000',
  LEASE_RENEW_INTERVAL_MS: '500',
  LEADER_LEASE_MS: '2000',
};
interface NodeBody {
  id: string;
  state: string;
  reason: string | null;
}

const folders: string[] = [];
const services: Service[] = [];

/** As `npm start` without any setting. */
const selfContained = (dataDir: string) => ({ ...quick, DATA_DIR: dataDir, SIMULATE: 'on' });

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'comfymux-lifecycle-'));
  folders.push(folder);
  return folder;
}

async function start(env: Record<string, string>): Promise<Service> {
  const service = await startService(env);
  services.push(service);
  return service;
}

async function launch(env: Record<string, string>): Promise<Service> {
  const service = await launchService(env);
  services.push(service);
  return service;
}

afterEach(async () => {
  for (const service of services.splice(0)) await service.kill();
  for (const folder of folders.splice(0)) {
    await nothingRunsOn(folder);
    rmSync(folder, { recursive: true, force: true });
  }
});

async function nothingRunsOn(dataDir: string): Promise<void> {
  if (process.platform !== 'linux') return;
  await eventually(() => processesNaming(dataDir).size === 0, {
    timeoutMs: 20_000,
    what: `no process on ${dataDir}`,
  }).catch((cause: unknown) => {
    throw new Error(`still running: ${[...processesNaming(dataDir).values()].join('\n')}`, { cause });
  });
}

/** What Ctrl-C does under npm, which passes on the signal that the whole group got. */
async function interrupt(service: Service): Promise<number | string> {
  process.kill(-service.pid, 'SIGINT');
  await eventually(() => service.output().includes('stopping'), { what: 'the begin of the stop' });
  process.kill(service.pid, 'SIGINT');
  return service.ended;
}

function appears(path: string): Promise<boolean> {
  return eventually(() => existsSync(path), { timeoutMs: 50_000, intervalMs: 1, what: path });
}

async function submit(service: Service): Promise<string> {
  const form = new FormData();
  const picture = new Uint8Array(PNG.sync.write(new PNG({ width: 32, height: 32 })));
  form.set('image', new Blob([picture], { type: 'image/png' }), 'a.png');
  for (const [name, value] of Object.entries({
    prompt: 'a pan',
    width: 512,
    height: 512,
    length: 16,
    steps: 2,
  }))
    form.set(name, String(value));
  const answer = await fetch(`${service.url}/api/upload_and_generate`, { method: 'POST', body: form });
  return ((await answer.json()) as { prompt_id: string }).prompt_id;
}

async function statusIs(
  service: Service,
  id: string,
  wanted: string,
): Promise<{ videos: { url: string }[] | null }> {
  const probe = async () => {
    const status = (await (await fetch(`${service.url}/api/status/${id}`)).json()) as {
      status: string;
      videos: { url: string }[] | null;
    };
    return status.status === wanted && status;
  };
  return eventually(probe, { timeoutMs: 50_000, intervalMs: 50, what: `a ${wanted} job` });
}

describe('a service with its own database and nodes', () => {
  test(
    'stops at Ctrl-C within seconds, and goes on after a restart and after a kill',
    { timeout: 180_000 },
    async () => {
      const dataDir = newFolder();
      const first = await start(selfContained(dataDir));
      const id = await submit(first);
      await statusIs(first, id, 'running');
      const interruptedAt = performance.now();
      expect(await interrupt(first), first.output()).toBe(0);
      expectWithin(10_000, interruptedAt);
      await nothingRunsOn(dataDir);

      const second = await start(selfContained(dataDir));
      await statusIs(second, id, 'completed');
      const cut = await submit(second);
      await statusIs(second, cut, 'running');
      await second.kill();

      const third = await start(selfContained(dataDir));
      const { videos } = await statusIs(third, cut, 'completed');
      const video = await fetch(videos?.[0]?.url.replace(second.url, third.url) ?? '');
      expect([video.status, (await video.arrayBuffer()).byteLength > 1000]).toEqual([200, true]);
      await statusIs(third, id, 'completed');
      expect(await third.stop(), third.output()).toBe(0);
      await nothingRunsOn(dataDir);
    },
  );

  test('is alone on its folder, and beside another on another', async () => {
    const [dataDir, otherDir] = [newFolder(), newFolder()];
    const [one, other] = await Promise.all([start(selfContained(dataDir)), start(selfContained(otherDir))]);
    const second = await launch(selfContained(dataDir));
    expect(await second.ended).toBe(1);
    expect(second.errorOutput()).toBe(
      `ComfyMux cannot start: Process ${one.pid} already runs a service on ${dataDir}: stop it, or set another DATA_DIR.\n`,
    );
    expect(await one.stop()).toBe(0);
    expect((await fetch(`${other.url}/readyz`)).status).toBe(200);
    expect(await interrupt(other)).toBe(0);
  });

  test('stops in order and survives a kill also while it starts', async () => {
    const dataDir = newFolder();
    const killed = await launch(selfContained(dataDir));
    await appears(join(dataDir, 'postgres.new'));
    await killed.kill();
    await nothingRunsOn(dataDir);

    const stopped = await launch(selfContained(dataDir));
    await appears(join(dataDir, 'postgres', 'postmaster.pid'));
    expect(await stopped.stop(), stopped.output()).toBe(0);
    await nothingRunsOn(dataDir);

    const service = await start(selfContained(dataDir));
    expect(await service.stop(), service.output()).toBe(0);
  });
});

describe('a node address', () => {
  test('where something else or nobody answers is told in registry, log and health, and the service runs', async () => {
    const website = createServer((_request, response) => response.end('<html>Welcome</html>'));
    await once(website.listen(0, '127.0.0.1'), 'listening');
    const web = `http://127.0.0.1:${(website.address() as AddressInfo).port}`;
    const database = await createDatabase();
    const NODES = `web=${web},away=http://127.0.0.1:${await freePort()}`;
    const service = await start({ ...quick, DATABASE_URL: database.url, DATA_DIR: newFolder(), NODES });
    const nodes = await eventually(
      async () => {
        const { nodes: all } = (await (await fetch(`${service.url}/v1/nodes`)).json()) as {
          nodes: NodeBody[];
        };
        return all.every(({ reason }) => reason !== null) && new Map(all.map((node) => [node.id, node]));
      },
      { timeoutMs: 30_000, what: 'two useless nodes' },
    );
    const isNone = `${web} is not a ComfyUI server`;
    expect(nodes.get('web')).toMatchObject({
      state: 'incompatible',
      reason: expect.stringContaining(isNone) as string,
    });
    expect(nodes.get('away')).toMatchObject({
      accepts_work: false,
      reason: expect.stringContaining('ECONNREFUSED') as string,
    });
    for (const reason of [isNone, 'ECONNREFUSED']) expect(service.output()).toContain(reason);
    const health = await (await fetch(`${service.url}/health`)).json();
    expect(health).toMatchObject({
      status: 'unhealthy',
      comfyui_status: 'disconnected',
      error: expect.stringContaining(isNone) as string,
    });
    expect(service.output()).not.toContain('loop turn failed');
    expect(await service.stop()).toBe(0);
    website.close();
    await database.drop();
  });
});

test.skipIf(process.platform !== 'linux')(
  'simulated nodes that die are started again and go on with jobs',
  async () => {
    const service = await start(selfContained(newFolder()));
    const simulators = () =>
      childrenOf(service.pid).filter((command) => command.text.includes('simulator/main.js'));
    const allReady = () =>
      eventually(
        async () => {
          const { nodes } = (await (await fetch(`${service.url}/v1/nodes`)).json()) as { nodes: NodeBody[] };
          return nodes.length === 3 && nodes.every(({ state }) => state === 'ready');
        },
        { timeoutMs: 60_000, what: 'the simulated nodes' },
      );
    await allReady();
    const [first] = simulators();
    process.kill(first!.pid, 'SIGKILL');
    await eventually(() => simulators().some(({ pid }) => pid !== first!.pid), {
      timeoutMs: 20_000,
      what: 'a new process',
    });
    await statusIs(service, await submit(service), 'completed');
    await allReady();
    expect(service.output()).toContain('the simulated nodes have died');
  },
);

function childrenOf(parent: number): { pid: number; text: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return status.includes(`PPid:\t${parent}\n`) ? [{ pid: Number(pid), text }] : [];
      } catch {
        return [];
      }
    });
}
