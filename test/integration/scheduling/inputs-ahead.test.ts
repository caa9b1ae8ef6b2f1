/** The inputs of the job that comes next are on the node before its turn, so that no upload lies between two runs. */
import { afterEach, describe, expect, it } from 'vitest';
import { decisionOf } from '../../support/decisions.js';
import { Deployment, type Replica } from '../../support/deployment.js';
import { readMetrics } from '../../support/metrics.js';
import { eventually } from '../../support/poll.js';
import { samplingGraph } from '../../support/sampling-graph.js';
import { uploadPicture } from '../../support/upload-picture.js';

/** Longer than the last seconds of a run, in which the next prompt is handed over. */
const uploadMs = 6_000;
const runSteps = 32;
const stepMs = 500;

let deployment: Deployment | undefined;
afterEach(async () => deployment?.destroy());

async function withPicture({ url }: Replica, width: number): Promise<object> {
  return {
    ...samplingGraph(),
    9: { class_type: 'LoadImage', inputs: { image: await uploadPicture(url, width) } },
    10: { class_type: 'SaveImage', inputs: { images: ['9', 0], filename_prefix: 'copy' } },
  };
}

describe('a busy node', () => {
  it.each([1, 2])(
    'is handed the next prompt before its run ends although the upload takes longer than that; %i replicas',
    async (replicas) => {
      deployment = await Deployment.create([{ name: 'only', loadMs: 1, stepMs }]);
      const replica = await deployment.start();
      for (let others = replicas - 1; others > 0; others -= 1) await deployment.start();
      const only = deployment.node('only');
      const first = await replica.jobs.submit(samplingGraph({ steps: runSteps }));
      await replica.jobs.attemptIs(first, 'running');
      only.inject({ kind: 'slow-route', path: '/upload/image', delayMs: uploadMs, times: 1 });
      const second = await replica.jobs.submit(await withPicture(replica, 80));
      for (const id of [first, second])
        expect(await replica.jobs.ended(id, 60_000)).toMatchObject({ state: 'succeeded', attempts: 1 });
      const [before, after] = only.record();
      expect(after!.acceptedAt - before!.finishedAt!, 'ms from the end of the run').toBeLessThan(0);
      expect(after!.startedAt! - before!.finishedAt!, 'ms between the runs').toBeLessThan(1_000);
      if (replicas > 1) return;
      const metrics = await readMetrics(replica.url);
      expect(metrics.value('comfymux_node_gap_seconds_bucket', { le: '1' })).toBe(1);
    },
    120_000,
  );
});

describe('an input that is on a node', () => {
  it('costs a job there no upload, until the node is another process', async () => {
    deployment = await Deployment.create([{ name: 'only', loadMs: 1, stepMs: 5 }]);
    const replica = await deployment.start();
    const uploadS = async (width: number): Promise<number> => {
      const id = await replica.jobs.submit(await withPicture(replica, width));
      expect(await replica.jobs.ended(id)).toMatchObject({ state: 'succeeded' });
      return (await decisionOf(replica.url, id)).placed?.terms['uploadS'] ?? Number.NaN;
    };
    expect(await uploadS(80)).toBeGreaterThan(0);
    expect(await uploadS(80)).toBe(0);
    expect(await uploadS(96)).toBeGreaterThan(0);
    await deployment.node('only').restart();
    await eventually(async () => (await uploadS(80)) > 0, {
      timeoutMs: 20_000,
      intervalMs: 200,
      what: 'a placement that expects to upload',
    });
  });
});
