/** The official TypeScript SDK, unmodified, before two replicas and three nodes of which only one has each model. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Comfy, type ComfyEvent, type Job, type Workflow } from '@comfyorg/sdk';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wanModelFiles } from '../../../src/programs/simulator/index.js';
import { startBalancer } from '../../support/balancer.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import { type Colour, solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { inverted } from './graphs.js';

const models = ['first.gguf', 'second.gguf', 'third.gguf'];
/** `shutdown.preStopSeconds` of the chart, made short. */
const preStopMs = 500;
const red: Colour = [255, 0, 0];
const blue: Colour = [0, 0, 255];

describe('@comfyorg/sdk', () => {
  let deployment: Deployment;
  let replicas: Replica[];

  beforeAll(async () => {
    deployment = await Deployment.create(
      models.map((model, index) => ({
        name: `gpu-${index}`,
        stepMs: 40,
        loadMs: 1,
        models: { ...wanModelFiles, unet_gguf: [model] },
      })),
    );
    replicas = [await deployment.start(), await deployment.start()];
  });
  afterAll(async () => deployment.destroy());

  /** A client of one of the two replicas. */
  function clientOf(index: number): Comfy {
    process.env['COMFY_BASE_URL'] = replicas[index]?.url;
    return new Comfy();
  }
  const sampling = (client: Comfy, steps: number, model = models[1]): Workflow =>
    client.workflows.fromJson(samplingGraph({ steps, model }));
  const eventsOf = async (job: Job): Promise<ComfyEvent[]> => {
    const events: ComfyEvent[] = [];
    for await (const event of job.events()) events.push(event);
    return events;
  };
  const seenElsewhere = async (id: string): Promise<{ state: string; node_id: string }> =>
    (await (await fetch(`${replicas[1]?.url}/v1/jobs/${id}`)).json()) as { state: string; node_id: string };

  it('uploads once what two handles have in common', async () => {
    const [left, right] = [clientOf(0), clientOf(1)];
    const bytes = solidPng(red, { width: 40 });
    const one = left.assets.fromBytes(bytes, { filename: 'same.png', contentType: 'image/png' });
    const other = right.assets.fromBytes(bytes, { filename: 'same.png', contentType: 'image/png' });
    const id = await one.commit();
    expect(await other.commit()).toBe(id);
    expect(await one.hash()).toMatch(/^blake3:[0-9a-f]{64}$/);
    await one.delete();
    await expect(left.assets.get(id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('runs a graph with a picture, and gives whole and part of what came out', async () => {
    const client = clientOf(0);
    const picture = client.assets.fromBytes(solidPng(red), { filename: 'red.png', contentType: 'image/png' });
    const workflow = client.workflows.fromJson(inverted(''));
    workflow.setInput('1', 'image', picture);
    const job = await client.run(workflow);
    const [output] = job.getOutputs('3');
    const bytes = Buffer.from((await output?.toBytes()) ?? []);
    expect([...PNG.sync.read(bytes).data.subarray(0, 3)]).toEqual([...red]);
    expect(output).toMatchObject({ type: 'image', contentType: 'image/png', sizeBytes: bytes.length });
    expect(Buffer.from((await output?.toBytes({ range: [1, 3] })) ?? []).toString()).toBe('PNG');
    expect((await job.getWorkflow()).format).toBe('api');
  });

  it('takes the output of one job as the input of another, on whichever node', async () => {
    const client = clientOf(1);
    const made = await client.run(sampling(client, 2, models[2]));
    const [output] = made.outputs;
    const next = client.workflows.fromJson(inverted(''));
    next.setInput('1', 'image', await client.assets.get(output?.id ?? ''));
    const job = await client.run(next);
    expect(job.outputs).toHaveLength(1);
    expect((await seenElsewhere(made.id)).node_id).toBe('gpu-2');
  });

  it('hears the whole life of a job that runs on another replica’s node, outputs before the end', async () => {
    for (const index of [0, 1]) {
      const client = clientOf(index);
      const events = await eventsOf(await client.submit(sampling(client, 20)));
      const kinds = events.map(({ kind }) => kind);
      expect(kinds[0]).toBe('statusChange');
      expect(kinds.at(-1)).toBe('statusChange');
      expect(events.at(-1)).toMatchObject({ status: 'succeeded' });
      expect(kinds.lastIndexOf('outputReady')).toBe(kinds.length - 2);
      const values = events.flatMap((event) => (event.kind === 'progress' ? [event.value] : []));
      expect(values).toEqual(values.toSorted((left, right) => left - right));
    }
  });

  it('hears the outputs of a job that ended before it listened', async () => {
    const client = clientOf(0);
    const job = await client.run(sampling(client, 2));
    expect((await eventsOf(job)).map(({ kind }) => kind)).toEqual([
      'statusChange',
      'outputReady',
      'statusChange',
    ]);
  });

  it('cancels what runs and what waits', async () => {
    const client = clientOf(0);
    const running = await client.submit(sampling(client, 500));
    await eventually(async () => (await running.refresh()).status === 'running', { what: 'a running job' });
    const waiting = [await client.submit(sampling(client, 500)), await client.submit(sampling(client, 500))];
    const [, last] = waiting;
    expect(last?.status).toBe('queued');
    for (const job of [...waiting, running]) await job.cancel();
    for (const job of [...waiting, running])
      await eventually(async () => (await job.refresh()).status === 'canceled', { what: 'a cancelled job' });
    expect((await seenElsewhere(running.id)).state).toBe('cancelled');
  });

  it('is refused a second use of its key, by either replica', async () => {
    const [left, right] = [clientOf(0), clientOf(1)];
    const idempotencyKey = `key-${Date.now()}`;
    const graph = sampling(left, 1);
    await left.submit(graph, { idempotencyKey });
    await expect(right.submit(graph, { idempotencyKey })).rejects.toMatchObject({
      code: 'idempotency_key_reuse',
    });
  });

  it('sends no labels, as this version has none, and its jobs have none', async () => {
    const job = await clientOf(0).submit(sampling(clientOf(0), 1));
    const answer = await fetch(`${replicas[1]?.url}/api/v2/jobs/${job.id}`);
    expect(await answer.json()).toMatchObject({ id: job.id, metadata: {} });
  });

  it('keeps files of equal names apart', async () => {
    const client = clientOf(0);
    const graph = inverted('');
    Object.assign(graph, {
      4: { class_type: 'LoadImage', inputs: { image: '' } },
      5: { class_type: 'SaveImage', inputs: { images: ['4', 0], filename_prefix: 'plain' } },
    });
    const workflow = client.workflows.fromJson(graph);
    const asset = (colour: Colour) =>
      client.assets.fromBytes(solidPng(colour), { filename: 'twice.png', contentType: 'image/png' });
    workflow.setInput('1', 'image', asset(red));
    workflow.setInput('4', 'image', asset(blue));
    const job = await client.run(workflow);
    const colourOf = async (id: string): Promise<number[]> => [
      ...PNG.sync.read(Buffer.from((await job.getOutputs(id)[0]?.toBytes()) ?? [])).data.subarray(0, 3),
    ];
    expect([await colourOf('3'), await colourOf('5')]).toEqual([red, blue]);
  });

  it('waits and listens on while the replica that it speaks to stops', async () => {
    const third = await deployment.start();
    const balancer = await startBalancer();
    for (const { url } of [third, replicas[1]!]) balancer.add(url);
    process.env['COMFY_BASE_URL'] = balancer.url;
    try {
      const jobs = await Promise.all(
        Array.from({ length: 8 }, () => new Comfy()).map(async (client) => {
          return client.submit(sampling(client, 15));
        }),
      );
      const [listening, waiting] = [jobs.slice(0, 4), jobs.slice(4)];
      const heard = Promise.all(listening.map(async (job) => (await eventsOf(job)).at(-1)));
      const waited = Promise.all(waiting.map(async (job) => (await job.wait()).status));
      await eventually(async () => (await jobs[0]?.refresh())?.status !== 'queued', {
        what: 'a running job',
      });
      balancer.remove(third.url);
      await sleep(preStopMs);
      expect(await third.stop()).toBe(0);
      expect(await waited).toEqual(waiting.map(() => 'succeeded'));
      for (const last of await heard)
        expect(last).toMatchObject({ kind: 'statusChange', status: 'succeeded' });
    } finally {
      await balancer.close();
    }
  });
});
