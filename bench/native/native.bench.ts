/**
 * The native door under load: `npm run bench:native`. One replica, 50 nodes that each run a job with ten progress events
 * a second (each with its preview and state), 500 WebSocket clients of which 50 own these jobs; one of the owners never
 * reads while its job makes 2.5 MB of previews a second. Nodes, clients and service are processes of their own.
 *
 * The delay that the cluster adds is per event what it came later than its copy on a direct connection to the node,
 * both seen by one process. Every frame is accounted for by prompt and kind.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { samplingGraph } from '../../test/contract/native/graphs.js';
import { NativeClient } from '../../test/contract/native/native-client.js';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { eventually } from '../../test/support/poll.js';
import { type Service, startService } from '../../test/support/service.js';
import { quantile } from '../quantile.js';
import { cpuSecondsOf, Program, rssMbOf, waitedSecondsOf } from './program.js';

const nodeCount = 50;
const clientCount = 500;
const steps = 300;
const stalled = nodeCount - 1;
const posts = 300;
const postsAtOnce = 8;

type Kinds = Record<string, number>;
interface Heard {
  clusterMs: Record<string, number>;
  directMs: Record<string, number>;
  received: Record<string, Kinds>;
  closed: Record<string, { code: number; atMs: number }>;
  statuses: number;
  strangers: number;
}

let nodes: Program;
let nodeUrls: string[];
let service: Service;
let database: TestDatabase;
let dataDir: string;
let client: NativeClient;

beforeAll(async () => {
  nodes = await Program.start('nodes', {
    count: nodeCount,
    stalled,
    // With what its timers add, ten steps a second.
    stepMs: 96,
    previewBytes: 20 * 1024,
    heavyPreviewBytes: 256 * 1024,
  });
  nodeUrls = (nodes.greeting as { urls: string[] }).urls;
  [database, dataDir] = [await createDatabase(), await mkdtemp(join(tmpdir(), 'comfymux-bench-'))];
  service = await startService({
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    NODES: nodeUrls.map((url, index) => `n${index}=${url}`).join(','),
    LOG_LEVEL: 'warn',
  });
  client = new NativeClient(service.nativeUrl);
  await eventually(
    async () =>
      (await client.json<{ devices: unknown[] }>('/system_stats')).devices.length === nodeCount &&
      (await client.json<string[]>('/models/checkpoints')).length === 2,
    { timeoutMs: 240_000, intervalMs: 500, what: 'a cluster of all its nodes' },
  );
});
afterAll(async () => {
  await client.close();
  await service.stop();
  await nodes.stop();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

it('events', async () => {
  const owners = Array.from({ length: nodeCount }, () => randomUUID());
  const stalledId = owners[stalled] ?? '';
  const idleRssMb = await rssMbOf(service.pid);
  const clients = await Program.start('clients', {
    url: service.nativeUrl,
    nodeUrls,
    clientIds: [...owners, ...Array.from({ length: clientCount - nodeCount }, () => randomUUID())],
    stalled: stalledId,
  });
  const connectedRssMb = await rssMbOf(service.pid);
  const cpuBefore = [await cpuSecondsOf(service.pid), await nodes.cpuSeconds(), await clients.cpuSeconds()];
  const waitedBefore = await waitedSecondsOf(service.pid);
  const beganMs = performance.now();
  const jobIds = await Promise.all(
    owners.map((clientId, index) =>
      client.submit(
        samplingGraph({
          seed: index,
          steps,
          ...(index === stalled && { checkpoint: 'stalled.safetensors' }),
        }),
        { client_id: clientId },
      ),
    ),
  );
  const peakRssMb = await untilAllEnded(jobIds);
  const seconds = (performance.now() - beganMs) / 1_000;
  const cpuAfter = [await cpuSecondsOf(service.pid), await nodes.cpuSeconds(), await clients.cpuSeconds()];
  const waitedSeconds = (await waitedSecondsOf(service.pid)) - waitedBefore;
  clients.tell('resume');
  await sleep(2_000);
  const heard = (await clients.report()) as Heard;
  const { sent } = (await nodes.report()) as { sent: Record<string, Kinds> };
  await clients.stop();

  const stalledJob = jobIds[stalled] ?? '';
  const { rows } = await database.pool.query<{ jobId: string; promptId: string; state: string }>(
    'SELECT a.job_id AS "jobId", a.prompt_id AS "promptId", j.state FROM attempt a JOIN job j ON j.id = a.job_id',
  );
  const healthy = rows.filter(({ jobId }) => jobId !== stalledJob);
  const pairs = healthy.flatMap(({ jobId, promptId }) =>
    Array.from({ length: steps }, (_, step): [number, number][] => {
      const through = heard.clusterMs[`${jobId} ${step + 1}`];
      const direct = heard.directMs[`${promptId} ${step + 1}`];
      return through === undefined || direct === undefined ? [] : [[through, direct]];
    }).flat(),
  );
  const added = pairs.map(([through, direct]) => through - direct);
  const [left, came] = ['progress', 'progress_state', 'preview'].reduce(
    ([a, b], kind) => [
      {
        ...a,
        [kind]: total(
          sent,
          healthy.map(({ promptId }) => promptId),
          kind,
        ),
      },
      {
        ...b,
        [kind]: total(
          heard.received,
          healthy.map(({ jobId }) => jobId),
          kind,
        ),
      },
    ],
    [{} as Kinds, {} as Kinds],
  );
  const share = (index: number) => ((cpuAfter[index] ?? 0) - (cpuBefore[index] ?? 0)) / seconds;
  report('events', {
    ...Object.fromEntries(Object.entries(left).map(([kind, count]) => [`${kind}, left the nodes`, count])),
    ...Object.fromEntries(Object.entries(came).map(([kind, count]) => [`${kind}, came`, count])),
    'progress events on both ways': pairs.length,
    'status frames, all clients': heard.statuses,
    'frames of a stranger’s job': heard.strangers,
    'added delay p50 ms': quantile(added, 0.5),
    'added delay p99 ms': quantile(added, 0.99),
    'added delay max ms': quantile(added, 1),
    'clients closed': Object.keys(heard.closed).length,
    'stalled client: frames until closed': sum(Object.values(heard.received[stalledJob] ?? {})),
    'stalled client: frames that left': sum(
      rows
        .filter(({ jobId }) => jobId === stalledJob)
        .flatMap(({ promptId }) => Object.values(sent[promptId] ?? {})),
    ),
    'service RSS MB, idle': idleRssMb,
    'service RSS MB, 500 clients': connectedRssMb,
    'service RSS MB, peak': peakRssMb,
    seconds: seconds,
    'CPU share, service': share(0),
    'CPU share, nodes': share(1),
    'CPU share, clients': share(2),
    'share of time the service waited for a CPU': waitedSeconds / seconds,
    'load average': loadavg()[0],
  });
  expect(rows.filter(({ state }) => state !== 'succeeded')).toEqual([]);
  expect(came).toEqual(left);
  expect(pairs.length).toBe((nodeCount - 1) * steps);
  expect(heard.strangers).toBe(0);
  expect(Object.keys(heard.closed)).toEqual([stalledId]);
}, 280_000);

it('POST /prompt', async () => {
  const bare = new NativeClient(nodeUrls[0] ?? '');
  for (const [what, target] of [
    ['POST /prompt to the cluster', client],
    ['POST /prompt to a bare simulated node', bare],
  ] as const) {
    const figures = await postMany(target);
    report(what, figures);
    expect(figures['prompts/s']).toBeGreaterThan(0);
  }
  await bare.close();
  await client.post('/queue', { clear: true });
});

/** Answers the service's largest size until then. */
async function untilAllEnded(jobIds: readonly string[]): Promise<number> {
  let peakRssMb = 0;
  await eventually(
    async () => {
      peakRssMb = Math.max(peakRssMb, await rssMbOf(service.pid));
      const { rows } = await database.pool.query<{ count: string }>(
        'SELECT count(*) FROM job WHERE id = ANY ($1::uuid[]) AND finished_at IS NOT NULL',
        [jobIds],
      );
      return Number(rows[0]?.count ?? 0) === jobIds.length;
    },
    { timeoutMs: 150_000, intervalMs: 500, what: 'the end of all jobs' },
  );
  return peakRssMb;
}

async function postMany(target: NativeClient) {
  const latencies: number[] = [];
  const beganMs = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: postsAtOnce }, async () => {
      while (next < posts) {
        next += 1;
        const startMs = performance.now();
        await target.submit(samplingGraph({ seed: 1_000_000 + next, steps: 1 }));
        latencies.push(performance.now() - startMs);
      }
    }),
  );
  const rate = (posts * 1_000) / (performance.now() - beganMs);
  return {
    'prompts/s': rate,
    'latency p50 ms': quantile(latencies, 0.5),
    'latency p99 ms': quantile(latencies, 0.99),
    'load average': loadavg()[0],
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const total = (counts: Record<string, Kinds>, ids: readonly string[], kind: string): number =>
  sum(ids.map((id) => counts[id]?.[kind] ?? 0));

function report(what: string, figures: Record<string, number | undefined>): void {
  console.log(
    `${what}\n${Object.entries(figures)
      .map(([name, value]) => `  ${name.padEnd(44)}${(value ?? Number.NaN).toFixed(1)}`)
      .join('\n')}`,
  );
}
