/** Many event streams at once on one replica; what a stream says never goes back, not even when the job runs again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { call } from '../../support/v1.js';
import { ApiV2Client } from './client.js';
import { holdFrame } from './contract.js';

interface Frame {
  event: string;
  data: { status?: string; value?: number };
  atMs: number;
}

const streamCount = 200;

/** Reads one stream to its end; `gone` ends it early. */
async function read(url: string, frames: Frame[], gone: AbortSignal): Promise<number> {
  const answer = await fetch(url, { headers: { accept: 'text/event-stream' }, signal: gone });
  if (!answer.ok || !answer.body) return answer.status;
  let rest = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(part) ?? [];
      if (event === '') continue;
      frames.push({ event, data: JSON.parse(data) as Frame['data'], atMs: performance.now() });
      holdFrame(event, frames.at(-1)?.data);
    }
  }
  return answer.status;
}

const rank = ['queued', 'running', 'canceling', 'succeeded', 'failed', 'canceled', 'expired'];

describe('event streams', () => {
  let cluster: Cluster;
  let client: ApiV2Client;
  beforeAll(async () => {
    cluster = await startCluster({
      nodes: ['one', 'two'].map((name) => ({ name, stepMs: 20, loadMs: 1 })),
      env: { NODE_LOST_GRACE_MS: '1000' },
    });
    client = new ApiV2Client(cluster.url);
    await eventually(
      async () => 'SaveImage' in (await call(`${cluster.service.nativeUrl}/object_info/SaveImage`)).body,
      { what: 'the classes of the cluster' },
    );
  });
  afterAll(async () => cluster.stop());

  function expectForward(frames: readonly Frame[]): void {
    const statuses = frames.flatMap(({ data }) =>
      data.status === undefined ? [] : [rank.indexOf(data.status)],
    );
    expect(statuses).toEqual(statuses.toSorted((left, right) => left - right));
    expect(frames[0]?.event).toBe('status');
    expect(frames.at(-1)?.data.status).toBe('succeeded');
    expect(frames.at(-2)?.event).toBe('output');
  }

  it('tell two hundred listeners of one replica all of a job’s life', async () => {
    const gone = new AbortController();
    const job = await client.submit(samplingGraph({ steps: 100 }));
    const memoryBytes = await residentBytes(cluster);
    const streams = Array.from({ length: streamCount }, (): Frame[] => []);
    const url = `${client.url}/api/v2/jobs/${job.id}/events`;
    const statuses = await Promise.all(streams.map(async (frames) => read(url, frames, gone.signal)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    for (const frames of streams) expectForward(frames);
    const ends = streams.map((frames) => frames.at(-1)?.atMs ?? 0).toSorted((left, right) => left - right);
    const spreadMs = Math.round((ends.at(-1) ?? 0) - (ends[0] ?? 0));
    const addedMb = Math.round(((await residentBytes(cluster)) - memoryBytes) / 2 ** 20);
    console.log(
      `${streamCount} streams: the last heard of the end ${spreadMs} ms after the first; ${addedMb} MB more`,
    );
    expect(addedMb).toBeLessThan(200);
  });

  it('stay at running through the loss of a node, with progress that starts anew', async () => {
    const gone = new AbortController();
    const job = await client.submit(samplingGraph({ steps: 150 }));
    const frames: Frame[] = [];
    const end = read(`${client.url}/api/v2/jobs/${job.id}/events`, frames, gone.signal);
    await eventually(() => frames.some(({ data }) => (data.value ?? 0) > 0.1), {
      timeoutMs: 20_000,
      what: 'progress',
    });
    const { body } = await call(`${cluster.url}/v1/jobs/${job.id}`);
    await cluster.node(String(body['node_id'])).restart();
    expect(await end).toBe(200);
    expectForward(frames);
    expect((await call(`${cluster.url}/v1/jobs/${job.id}`)).body['attempts']).toBe(2);
    expect((await client.job(job.id)).status).toBe('succeeded');
  });
});

async function residentBytes({ service }: Cluster): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  return Number(/^\S*process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
}
