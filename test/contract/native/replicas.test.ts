import { randomUUID } from 'node:crypto';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Service } from '../../support/service.js';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { samplingGraph } from './graphs.js';
import { type Frames, NativeClient } from './native-client.js';

const checkpoints = ['a.safetensors', 'b.safetensors', 'c.safetensors'];

/**
 * Each node is followed by one of the replicas, so of two sockets of one client, one at each, one hears of every job
 * through the other replica.
 */
describe('two replicas', () => {
  let cluster: NativeCluster;
  let other: Service;
  let left: NativeClient;
  let right: NativeClient;

  beforeAll(async () => {
    cluster = await startNativeCluster(
      checkpoints.map((checkpoint) => ({
        name: checkpoint[0] ?? '',
        models: { checkpoints: [checkpoint] },
        stepMs: 50,
        previewMethod: 'auto',
      })),
      { REPLICA_LEASE_MS: '2000', LEADER_LEASE_MS: '1500', LEASE_RENEW_INTERVAL_MS: '300' },
    );
    other = await cluster.join();
    [left, right] = [new NativeClient(cluster.url), new NativeClient(other.nativeUrl)];
  });
  afterAll(async () => {
    await Promise.all([left.close(), right.close()]);
    await cluster.stop();
  });

  function expectOneRun(frames: Frames, promptId: string): void {
    const story = frames.storyOf(promptId);
    expect(story.slice(0, 2)).toEqual(['execution_start', 'execution_cached']);
    expect(story.slice(-3)).toEqual(['executed', 'execution_success', 'executing null']);
    expect(story).toContain('executing 3');
    for (const once of ['execution_start', 'execution_success', 'executing null'])
      expect(story.filter((step) => step === once)).toHaveLength(1);
    const steps = frames
      .messages()
      .flatMap(({ type, data }) =>
        type === 'progress' && data.prompt_id === promptId ? [Number(data.value)] : [],
      );
    expect(steps.length).toBeGreaterThan(1);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  }

  it('tell a client at either of them each of its jobs to the end, and a stranger nothing', async () => {
    const clientId = randomUUID();
    const sockets = [await left.listen(clientId), await right.listen(clientId)];
    const stranger = await right.listen(randomUUID());
    for (const checkpoint of checkpoints) {
      const promptId = await left.submit(samplingGraph({ checkpoint, steps: 20 }), { client_id: clientId });
      for (const frames of sockets) {
        await frames.untilEnd(promptId);
        expectOneRun(frames, promptId);
      }
      // All of them where the node is followed; at the other replica some of the same, byte for byte.
      const previews = sockets.map((frames) => frames.binary.filter((frame) => frame.includes(promptId)));
      const [some = [], all = []] = previews.toSorted((a, b) => a.length - b.length);
      expect(some.length).toBeGreaterThan(0);
      expect(all.length).toBeGreaterThan(some.length);
      for (const frame of some) expect(all.some((known) => known.equals(frame))).toBe(true);
    }
    expect(stranger.types().filter((type) => type !== 'status' && type !== 'feature_flags')).toEqual([]);
    expect(stranger.binary).toEqual([]);
    await Promise.all([...sockets, stranger].map((frames) => frames.close()));
  });

  it('take a cancel for a job whichever of them follows it', async () => {
    const clientId = randomUUID();
    const frames = await left.listen(clientId);
    for (const checkpoint of checkpoints) {
      const promptId = await left.submit(samplingGraph({ checkpoint, seed: 2, steps: 400 }), {
        client_id: clientId,
      });
      await frames.until(() => frames.storyOf(promptId).includes('executing 3'));
      await right.post('/interrupt', { prompt_id: promptId });
      await frames.untilEnd(promptId);
      expect(frames.storyOf(promptId).slice(-2)).toEqual(['execution_interrupted', 'executing null']);
    }
    await frames.close();
  });

  it('keep what was uploaded, queued and finished through the death of one, in one coherent run', async () => {
    const clientId = randomUUID();
    const uploaded = await left.upload('kept.png', PNG.sync.write(new PNG({ width: 8, height: 8 })));
    expect(uploaded.body?.name).toBe('kept.png');
    const finished = await left.submit(samplingGraph({ checkpoint: 'a.safetensors', seed: 3 }));
    await left.finished(finished);
    const frames = await right.listen(clientId);
    const running = await Promise.all(
      checkpoints.map((checkpoint) =>
        left.submit(samplingGraph({ checkpoint, seed: 4, steps: 25 }), { client_id: clientId }),
      ),
    );
    const waiting = await left.submit(samplingGraph({ checkpoint: 'a.safetensors', seed: 5, steps: 2 }), {
      client_id: clientId,
    });
    for (const promptId of running)
      await frames.until(() => frames.storyOf(promptId).includes('execution_start'));
    await cluster.service.kill();
    const queue = await (await right.get('/queue')).text();
    for (const promptId of [...running, waiting]) expect(queue).toContain(promptId);
    expect(Object.keys(await right.json<object>('/history'))).toContain(finished);
    expect((await right.get('/view?filename=kept.png&type=input')).status).toBe(200);
    for (const promptId of [...running, waiting]) {
      await frames.untilEnd(promptId);
      const story = frames.storyOf(promptId);
      expect(story.slice(-2)).toEqual(['execution_success', 'executing null']);
      expect(story.filter((step) => step === 'executing null')).toHaveLength(1);
      const [file] = (await right.history(promptId))?.outputs['9']?.images ?? [];
      if (!file) throw new Error('no picture');
      expect(PNG.sync.read(await right.view(file)).width).toBe(64);
    }
    // Nothing was run twice for it.
    expect(
      cluster.nodes.flatMap((node) => node.record()).filter(({ outcome }) => outcome === 'lost'),
    ).toEqual([]);
    await frames.close();
  });
});
