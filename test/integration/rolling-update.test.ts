/**
 * A rolling update as the chart does it (deploy/helm/comfymux/templates/deployment.yaml): a new replica is ready before an old
 * one goes; the old one leaves the Service, `preStop` waits, SIGTERM follows, and the process has as long as the longest run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { NativeClient } from '../contract/native/native-client.js';
import { type Balancer, startBalancer } from '../support/balancer.js';
import { Deployment, promptsOf, type Replica } from '../support/deployment.js';
import { formOf, submit, videoOf } from '../support/door-5014.js';
import { JobsClient } from '../support/jobs-client.js';
import { eventually } from '../support/poll.js';
import { samplingGraph } from '../support/sampling-graph.js';

/** `shutdown.preStopSeconds`, made short. */
const preStopMs = 500;
/** What is minutes in service is seconds here; no lease is given by a starved machine. */
const timings = {
  SHUTDOWN_TIMEOUT_MS: '60000',
  ATTEMPT_SEND_TIMEOUT_MS: '10000',
  NODE_LOST_GRACE_MS: '60000',
  LEADER_LEASE_MS: '6000',
  REPLICA_LEASE_MS: '8000',
};

let deployment: Deployment;
let door: Balancer | undefined;
let nativeDoor: Balancer | undefined;
let replicas: Replica[];
const leaving: Promise<number | string>[] = [];

beforeAll(async () => {
  deployment = await Deployment.create(
    ['one', 'two', 'three', 'four'].map((name) => ({ name, stepMs: 60, loadMs: 20 })),
  );
  [door, nativeDoor] = [await startBalancer(), await startBalancer()];
  replicas = await Promise.all([1, 2, 3].map(async () => join()));
});
afterAll(async () => {
  await Promise.all([door, nativeDoor].map(async (balancer) => balancer?.close()));
  await deployment.destroy();
});

async function join(): Promise<Replica> {
  const replica = await deployment.start(timings);
  door?.add(replica.url);
  nativeDoor?.add(replica.nativeUrl);
  return replica;
}

async function leave(replica: Replica): Promise<number | string> {
  door?.remove(replica.url);
  nativeDoor?.remove(replica.nativeUrl);
  await sleep(preStopMs);
  return replica.stop();
}

it(
  'three replicas are replaced one after another under load at every door: no request fails, no job is lost or run twice',
  { timeout: 180_000 },
  async () => {
    const load = new Load(door?.url ?? '', nativeDoor?.url ?? '');
    const clients = load.start();
    await load.until(12);
    for (const old of replicas) {
      await join();
      leaving.push(leave(old));
      await load.until(load.ended.size + 8);
    }
    load.stop();
    await Promise.all(clients);

    expect(load.failures).toEqual([]);
    expect(await Promise.all(leaving)).toEqual([0, 0, 0]);
    const jobs = new JobsClient(door?.url ?? '');
    for (const id of load.ended) {
      const job = await jobs.get(id);
      expect(job).toMatchObject({ state: 'succeeded', history: [{ outcome: 'ok' }] });
      expect(promptsOf(job, deployment.nodes)).toMatchObject([{ outcome: 'success' }]);
    }
    const rows = await deployment.database?.pool.query<{ jobs: string; open: string }>(
      `SELECT count(*) AS jobs, count(*) FILTER (WHERE state <> 'succeeded') AS open FROM job`,
    );
    expect(rows?.rows).toEqual([{ jobs: String(load.ended.size), open: '0' }]);
  },
);

/** Clients that keep their connections, each at its own door, one job after another. */
class Load {
  readonly ended = new Set<string>();
  readonly failures: unknown[] = [];
  private running = true;

  constructor(
    private readonly url: string,
    private readonly nativeUrl: string,
  ) {}

  start(): Promise<void>[] {
    const doors = ['form', 'sync', 'sync', 'v1', 'native', 'native'] as const;
    return [...doors.map(async (client) => this.repeat(async () => this[client]())), this.listen()];
  }

  stop(): void {
    this.running = false;
  }

  async until(jobs: number): Promise<void> {
    await eventually(() => this.failures.length > 0 || this.ended.size >= jobs, {
      timeoutMs: 60_000,
      what: `${jobs} jobs`,
    });
  }

  private async repeat(work: () => Promise<string>): Promise<void> {
    while (this.running)
      await work().then(
        (id) => this.ended.add(id),
        (error: unknown) => this.failures.push(error),
      );
  }

  private async form(): Promise<string> {
    const id = await submit(this.url, { fields: { steps: 4 } });
    await videoOf(this.url, id);
    return id;
  }

  /** Waits on one connection from the upload to the video. */
  private async sync(): Promise<string> {
    const body = formOf({ fields: { steps: 8 } });
    const response = await fetch(`${this.url}/api/upload_and_generate_sync`, { method: 'POST', body });
    const answer = (await response.json()) as { prompt_id: string; videos: { url: string }[] };
    if (response.status !== 200) throw new Error(`sync: ${response.status} ${JSON.stringify(answer)}`);
    const video = await fetch(answer.videos[0]?.url ?? '');
    if (video.status !== 200 || (await video.arrayBuffer()).byteLength < 1000) throw new Error('no video');
    return answer.prompt_id;
  }

  private async v1(): Promise<string> {
    const jobs = new JobsClient(this.url);
    const id = await jobs.submit(samplingGraph());
    // Unlike the client's own wait, which would ask again after an error.
    for (let job = await jobs.get(id); ; job = await jobs.get(id)) {
      if (job.state === 'succeeded') return id;
      if (!['queued', 'active'].includes(job.state)) throw new Error(`job ${id} is ${job.state}`);
      await sleep(30);
    }
  }

  private async native(): Promise<string> {
    const client = new NativeClient(this.nativeUrl);
    try {
      const id = await client.submit(samplingGraph({ steps: 6 }));
      for (let entry = await client.history(id); ; entry = await client.history(id)) {
        const file = Object.values(entry?.outputs ?? {})[0]?.['images']?.[0];
        if (file) return (await client.view(file)) && id;
        await sleep(30);
      }
    } finally {
      await client.close();
    }
  }

  /** A web UI: its socket is closed in order by a replica that goes, and it connects anew. */
  private async listen(): Promise<void> {
    while (this.running) {
      const socket = new WebSocket(`${this.nativeUrl.replace('http', 'ws')}/ws?clientId=ui`);
      socket.on('error', (error) => this.failures.push(error));
      const closed = new Promise<number>((resolve) => socket.on('close', resolve));
      const stopped = eventually(() => !this.running, { timeoutMs: 120_000, intervalMs: 100 });
      const code = await Promise.race([closed, stopped]);
      if (code === true) return socket.terminate();
      if (![1001, 1012].includes(code)) this.failures.push(new Error(`socket closed with ${code}`));
    }
  }
}
