/**
 * The native door under load: `npm run bench:native`. One replica, 50 nodes that each run a job with ten progress events
 * a second, 500 WebSocket clients of which 50 own these jobs and one never reads. Clients and nodes share this process,
 * so the delays told here contain its own too.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SimulatedNode } from '../src/simulator/index.js';
import { type NativeCluster, startNativeCluster } from '../test/contract/native/cluster.js';
import { samplingGraph } from '../test/contract/native/graphs.js';
import { type Frames, NativeClient } from '../test/contract/native/native-client.js';

const nodeCount = 50;
const clientCount = 500;
const steps = 150;
const posts = 300;
const postsAtOnce = 8;

let cluster: NativeCluster;
let client: NativeClient;

beforeAll(async () => {
  const options = {
    models: { checkpoints: ['sd15.safetensors'] },
    stepMs: 100,
    previewMethod: 'auto',
  } as const;
  cluster = await startNativeCluster(
    Array.from({ length: nodeCount }, (_, index) => ({ ...options, name: `n${index}` })),
    {
      NODE_POLL_INTERVAL_MS: '2000',
      IDLE_POLL_INTERVAL_MS: '5000',
      INVENTORY_REFRESH_MS: '3600000',
      NATIVE_SOCKET_BUFFER_BYTES: '1048576',
    },
    { readyTimeoutMs: 240_000 },
  );
  client = new NativeClient(cluster.url);
});
afterAll(async () => {
  await client.close();
  await cluster.stop();
});

it('events', async () => {
  const sentAtMs = new Map<string, number>();
  for (const node of cluster.nodes) stampProgress(node, sentAtMs);
  const idleRssMb = await rssMb();
  const listeners: Frames[] = [];
  const owners = Array.from({ length: nodeCount }, () => randomUUID());
  for (let index = 0; index < clientCount; index += 1)
    listeners.push(await client.listen(owners[index] ?? randomUUID()));
  const connectedRssMb = await rssMb();
  const receivedAtMs = new Map<string, number>();
  for (const frames of listeners.slice(0, nodeCount))
    frames.socket.on('message', (data, isBinary) => {
      if (isBinary) return;
      const { type, data: event } = JSON.parse((data as Buffer).toString('utf8')) as {
        type: string;
        data: { prompt_id: string; value: number };
      };
      if (type === 'progress') receivedAtMs.set(`${event.prompt_id} ${event.value}`, performance.now());
    });
  listeners[nodeCount - 1]?.socket.pause();
  const jobIds = await Promise.all(
    owners.map((clientId, index) =>
      client.submit(samplingGraph({ seed: index, steps }), { client_id: clientId }),
    ),
  );
  let peakRssMb = 0;
  const deadlineMs = performance.now() + 240_000;
  for (let ended = 0; ended < jobIds.length && performance.now() < deadlineMs;) {
    await sleep(1_000);
    peakRssMb = Math.max(peakRssMb, await rssMb());
    const { rows } = await cluster.database.pool.query<{ count: string }>(
      `SELECT count(*) FROM job WHERE state = 'succeeded'`,
    );
    ended = Number(rows[0]?.count ?? 0);
  }
  const { rows } = await cluster.database.pool.query<{ jobId: string; promptId: string }>(
    'SELECT job_id AS "jobId", prompt_id AS "promptId" FROM attempt',
  );
  const delays = rows.flatMap(({ jobId, promptId }) =>
    Array.from({ length: steps }, (_, step) => {
      const [sent, received] = [
        sentAtMs.get(`${promptId} ${step + 1}`),
        receivedAtMs.get(`${jobId} ${step + 1}`),
      ];
      return sent === undefined || received === undefined ? [] : [received - sent];
    }).flat(),
  );
  report('progress events', {
    'events measured': delays.length,
    'delay p50 ms': quantile(delays, 0.5),
    'delay p99 ms': quantile(delays, 0.99),
    'delay max ms': quantile(delays, 1),
    'service RSS MB, idle': idleRssMb,
    'service RSS MB, 500 clients': connectedRssMb,
    'service RSS MB, peak': peakRssMb,
    'load average': loadavg()[0],
  });
  expect(delays.length).toBeGreaterThan(nodeCount * 10);
  for (const frames of listeners) frames.socket.terminate();
});

it('POST /prompt', async () => {
  const [node] = cluster.nodes;
  if (!node) throw new Error('no node');
  const bare = new NativeClient(node.url);
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
  await bare.post('/queue', { clear: true }).catch(() => undefined);
});

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

/** Notes when a node hands a progress event to its socket. */
function stampProgress(node: SimulatedNode, sentAtMs: Map<string, number>): void {
  const hub = node.life?.context.life.hub;
  if (!hub) throw new Error('the node does not run');
  const send = hub.send.bind(hub);
  hub.send = (type, data, clientId) => {
    const event = data as { prompt_id?: string; value?: { value?: number } | number };
    const value = typeof event.value === 'number' ? event.value : event.value?.value;
    if (type === 'progress') sentAtMs.set(`${event.prompt_id} ${value}`, performance.now());
    send(type, data, clientId);
  };
}

async function rssMb(): Promise<number> {
  const status = await readFile(`/proc/${cluster.service.pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function report(what: string, figures: Record<string, number | undefined>): void {
  console.log(
    `${what}\n${Object.entries(figures)
      .map(([name, value]) => `  ${name.padEnd(32)}${(value ?? Number.NaN).toFixed(1)}`)
      .join('\n')}`,
  );
}
