import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedNode } from '../../../src/simulator/index.js';
import { Deployment, promptsOf, type Replica } from '../../support/deployment.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { uploadPicture } from '../../support/upload-picture.js';

const runOf = (steps: number): object => samplingGraph({ steps });
const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

describe('the end that a client wants', () => {
  let deployment: Deployment;
  let service: Replica;
  let node: SimulatedNode;

  beforeAll(async () => {
    deployment = await Deployment.create([{ name: 'only', stepMs: 20, loadMs: 1 }]);
    service = await deployment.start();
    node = deployment.node('only');
  });
  afterEach(() => node.clearFaults());
  afterAll(async () => deployment.destroy());

  const outcomesOf = async (id: string): Promise<(string | null)[]> =>
    promptsOf(await service.jobs.get(id), deployment.nodes).map((run) => run.outcome);

  it('comes at once to a job that waits', async () => {
    const busy = await service.jobs.submit(runOf(50));
    await service.jobs.attemptIs(busy, 'running');
    const id = await service.jobs.submit(runOf(1));
    expect(await service.jobs.cancel(id)).toBe('cancelled');
    expect(await service.jobs.get(id)).toMatchObject({ state: 'cancelled', history: [] });
    expect(await service.jobs.ended(busy)).toMatchObject({ state: 'succeeded' });
  });

  it('comes to an attempt that was not sent yet, and its node never hears of it', async () => {
    const upload = node.inject({ kind: 'slow-route', path: '/upload/image' });
    const id = await service.jobs.submit(await graphWithUpload(service));
    await service.jobs.attemptIs(id, 'intent');
    await eventually(() => service.jobs.get(id).then((job) => job.state === 'active'));
    expect(await service.jobs.cancel(id)).toBe('active');
    await service.jobs.until(id, (job) => job.cancel_requested);
    upload.clear();
    const job = await service.jobs.ended(id);
    expect(job).toMatchObject({ state: 'cancelled', history: [{ outcome: 'cancelled' }] });
    expect(promptsOf(job, deployment.nodes)).toEqual([]);
  });

  it('comes to a prompt in the node’s queue; the stranger’s before it goes on', async () => {
    node.inject({ kind: 'foreign-prompt', steps: 60 });
    const id = await service.jobs.submit(runOf(1));
    await service.jobs.attemptIs(id, 'accepted');
    expect(await service.jobs.cancel(id)).toBe('active');
    expect(await service.jobs.ended(id)).toMatchObject({
      state: 'cancelled',
      history: [{ outcome: 'cancelled' }],
    });
    expect(await outcomesOf(id)).toEqual(['deleted']);
    const foreign = await eventually(() =>
      node.record().find((entry) => entry.clientId === null && entry.outcome !== null),
    );
    expect(foreign.outcome).toBe('success');
  });

  it('comes to a run when its node has stopped', async () => {
    const id = await service.jobs.submit(runOf(1_000));
    await service.jobs.attemptIs(id, 'running');
    await service.jobs.cancel(id);
    expect(await service.jobs.ended(id)).toMatchObject({
      state: 'cancelled',
      history: [{ outcome: 'cancelled' }],
      outputs: [],
    });
    expect(await outcomesOf(id)).toEqual(['interrupted']);
  });

  it('comes although the node loses the first interrupts', async () => {
    node.inject({ kind: 'lose-interrupt', times: 2 });
    const id = await service.jobs.submit(runOf(1_000));
    await service.jobs.attemptIs(id, 'running');
    await service.jobs.cancel(id);
    expect(await service.jobs.ended(id)).toMatchObject({ state: 'cancelled' });
  });

  it('comes too late to a run that has succeeded: the success stands', async () => {
    const held = node.inject({ kind: 'slow-route', path: '/history', method: 'GET' });
    const id = await service.jobs.submit(runOf(1));
    await eventually(async () => (await outcomesOf(id)).includes('success'));
    await service.jobs.cancel(id);
    held.clear();
    expect(await service.jobs.ended(id)).toMatchObject({
      state: 'succeeded',
      cancel_requested: true,
      history: [{ outcome: 'ok' }],
    });
  });

  it('changes nothing about a job that has ended', async () => {
    const id = await service.jobs.submit(runOf(1));
    await service.jobs.ended(id);
    expect(await service.jobs.cancel(id)).toBe('succeeded');
  });

  it('as a deadline ends the jobs that wait and those that run', async () => {
    const running = await service.jobs.submit(runOf(2_000), { deadline: inSeconds(2) });
    await service.jobs.attemptIs(running, 'running');
    const waiting = await service.jobs.submit(runOf(1), { deadline: inSeconds(1) });
    for (const id of [waiting, running]) {
      const job = await service.jobs.ended(id);
      expect(job).toMatchObject({ state: 'expired', error: { code: 'deadline' } });
    }
    expect(await outcomesOf(waiting)).toEqual([]);
    expect(await outcomesOf(running)).toEqual(['interrupted']);
  });

  it('is kept when it meets a retry: the job is cancelled, not queued for ever', async () => {
    const id = await service.jobs.submit(runOf(1_000));
    await service.jobs.attemptIs(id, 'running');
    // As a cancel whose order has not reached the owner yet when the run breaks off.
    await deployment.database?.pool.query('UPDATE job SET cancel_requested = TRUE WHERE id = $1', [id]);
    await fetch(`${node.url}/interrupt`, { method: 'POST' });
    expect(await service.jobs.ended(id)).toMatchObject({ state: 'cancelled' });
  });
});

async function graphWithUpload(service: Replica): Promise<object> {
  return {
    1: { class_type: 'LoadImage', inputs: { image: await uploadPicture(service.url) } },
    2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'copy' } },
  };
}
