import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedNode } from '../../src/programs/simulator/index.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { readMp4 } from '../support/mp4.js';
import { eventually } from '../support/poll.js';
import { readEvents } from '../support/server-sent-events.js';
import {
  call,
  type Job,
  jobOf,
  jobWhen,
  running,
  submitJob,
  succeeded,
  uploadedPicture,
  wanGraph,
  workflow,
} from '../support/v1.js';

const greatestSeed = '18446744073709551615';
const seedPlaceholder = 424_242;

describe('/v1/jobs', () => {
  let cluster: Cluster;
  let url: string;
  let node: SimulatedNode;
  let image: { asset: string };

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'sim-1', loadMs: 1, stepMs: 200 }] });
    url = cluster.url;
    node = cluster.node('sim-1');
    image = await uploadedPicture(url, 'jobs.png');
  });
  afterAll(() => cluster.stop());

  const inputs = () => ({ prompt: 'a slow pan', image, width: 512, height: 512, length: 16, steps: 1 });

  /** Holds the node's next run until the end of `work`, so that states can be looked at. */
  async function whileNodeHangs<T>(work: () => Promise<T>): Promise<T> {
    const hang = node.inject({ kind: 'hang-sampling' });
    try {
      return await work();
    } finally {
      hang.clear();
    }
  }

  it('runs a named workflow and keeps its result', async () => {
    const accepted = await call<{ id: string; url: string }>(`${url}/v1/jobs`, 'POST', {
      workflow,
      inputs: { ...inputs(), length: 20, fps: 12 },
      labels: { team: 'film' },
      priority: 1,
    });
    expect(accepted).toMatchObject({ status: 202, body: { url: `${url}/v1/jobs/${accepted.body.id}` } });
    const job = await jobWhen(url, accepted.body.id, succeeded);
    expect(job).toMatchObject({
      workflow,
      node_id: 'sim-1',
      attempts: 1,
      progress: 100,
      error: null,
      waiting_for: null,
      labels: { team: 'film' },
      history: [{ node_id: 'sim-1', state: 'closed', outcome: 'ok' }],
    });
    const video = job.outputs.find(({ format }) => format === 'mp4');
    const bytes = Buffer.from(await (await fetch(video?.url ?? '')).arrayBuffer());
    expect(bytes).toHaveLength(video?.size_bytes ?? 0);
    expect(readMp4(bytes)).toMatchObject({ frameCount: 20, framesPerSecond: 12 });
  });

  it('hands every digit of the greatest seed to the node, from a workflow and from a graph', async () => {
    const literals = { '57.noise_seed': seedPlaceholder, '58.noise_seed': seedPlaceholder };
    for (const order of [
      { workflow, inputs: { ...inputs(), noise_seed: seedPlaceholder } },
      { graph: wanGraph('jobs.png', literals) },
    ]) {
      const text = JSON.stringify(order).replaceAll(String(seedPlaceholder), greatestSeed);
      const id = await whileNodeHangs(async () => {
        const submitted = await submitJob(url, text);
        await jobWhen(url, submitted, running);
        const queue = await (await fetch(`${node.url}/queue`)).text();
        expect(queue.match(/"noise_seed": ?(\d+)/g)).toEqual([
          `"noise_seed": ${greatestSeed}`,
          `"noise_seed": ${greatestSeed}`,
        ]);
        return submitted;
      });
      await jobWhen(url, id, succeeded);
    }
  });

  it('lists jobs newest first, in pages that meet without gap or overlap', async () => {
    const ids = [];
    for (let seed = 0; seed < 5; seed += 1)
      ids.unshift(await submitJob(url, { workflow, inputs: { ...inputs(), noise_seed: seed } }));
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await call<{ jobs: Job[]; next_cursor: string | null }>(
        `${url}/v1/jobs?limit=2${query}`,
      );
      expect(body.jobs.length).toBeLessThanOrEqual(2);
      paged.push(...body.jobs.map(({ id }) => id));
      cursor = body.next_cursor;
    } while (cursor !== null);
    expect(paged.slice(0, 5)).toEqual(ids);
    expect(new Set(paged).size).toBe(paged.length);
    for (const id of ids) await jobWhen(url, id, succeeded);
    const ended = await call<{ jobs: Job[] }>(`${url}/v1/jobs?state=succeeded&workflow=${workflow}&limit=5`);
    expect(ended.body.jobs.map(({ id }) => id)).toEqual(ids);
    expect((await call(`${url}/v1/jobs?state=queued`)).body).toEqual({ jobs: [], next_cursor: null });
  });

  it('cancels a queued job, which no node ever sees, and a running one, which its node stops', async () => {
    const before = node.record().length;
    const active = await submitJob(url, { workflow, inputs: { ...inputs(), steps: 20 } });
    await jobWhen(url, active, running);
    const queued = await submitJob(url, { workflow, inputs: inputs() });
    expect(await call(`${url}/v1/jobs/${queued}/cancel`, 'POST')).toMatchObject({
      status: 200,
      body: { id: queued, state: 'cancelled' },
    });
    expect((await call(`${url}/v1/jobs/${active}/cancel`, 'POST')).status).toBe(200);
    expect(await jobWhen(url, active, ({ state }) => state === 'cancelled')).toMatchObject({
      attempts: 1,
      outputs: [],
    });
    await eventually(() => node.record().at(-1)?.outcome === 'interrupted');
    expect(node.record()).toHaveLength(before + 1);
    expect(await jobOf(url, queued)).toMatchObject({ state: 'cancelled', attempts: 0, history: [] });
    expect((await call(`${url}/v1/jobs/${active}/cancel`, 'POST')).body).toMatchObject({
      state: 'cancelled',
    });
  });

  it('leaves a job that has ended as it is when it is cancelled', async () => {
    const id = await submitJob(url, { workflow, inputs: inputs() });
    await jobWhen(url, id, succeeded);
    expect((await call(`${url}/v1/jobs/${id}/cancel`, 'POST')).body).toEqual({ id, state: 'succeeded' });
    expect((await jobOf(url, id)).outputs).not.toEqual([]);
  });

  it('tells of each change in server-sent events, and ends with the job', async () => {
    const id = await submitJob(url, { workflow, inputs: { ...inputs(), steps: 10 } });
    const response = await fetch(`${url}/v1/jobs/${id}/events`);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const events = await readEvents<Job>(response);
    const jobs = events.map(({ data }) => data);
    expect(events.slice(0, -1).every(({ event }) => event === 'update')).toBe(true);
    expect(events.at(-1)).toMatchObject({ event: 'end', data: { id, state: 'succeeded', progress: 100 } });
    expect(jobs.at(-1)?.outputs.some(({ format }) => format === 'mp4')).toBe(true);
    const progress = jobs.flatMap((job) => (job.state === 'active' ? [job.progress ?? 0] : []));
    expect(progress).toEqual(progress.toSorted((one, other) => one - other));
    expect(new Set(progress).size).toBeGreaterThanOrEqual(3);
    const afterwards = await readEvents<Job>(await fetch(`${url}/v1/jobs/${id}/events`));
    expect(afterwards).toMatchObject([{ event: 'end', data: { state: 'succeeded' } }]);
  });
});
