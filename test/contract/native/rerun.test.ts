import { randomUUID } from 'node:crypto';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { samplingGraph } from './graphs.js';
import { NativeClient } from './native-client.js';

describe('a node that dies in mid-run', () => {
  let cluster: NativeCluster;
  let client: NativeClient;

  beforeAll(async () => {
    const node = {
      models: { checkpoints: ['sd15.safetensors'] },
      stepMs: 100,
      previewMethod: 'auto',
    } as const;
    cluster = await startNativeCluster([
      { name: 'a', ...node },
      { name: 'b', ...node },
    ]);
    client = new NativeClient(cluster.url);
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  it('a client that comes back finds its status, what runs now, and the rest of the events', async () => {
    const clientId = randomUUID();
    const first = await client.listen(clientId);
    const promptId = await client.submit(samplingGraph({ seed: 2, steps: 40 }), { client_id: clientId });
    await first.until(() => first.storyOf(promptId).includes('executing 3'));
    await first.close();
    const second = await client.listen(clientId);
    expect(second.texts[0]).toBe(
      `{"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 1}}, "sid": "${clientId}"}}`,
    );
    expect(second.texts[1]).toBe('{"type": "executing", "data": {"node": "3"}}');
    await second.untilEnd(promptId);
    expect(second.storyOf(promptId).slice(-3)).toEqual(['executed', 'execution_success', 'executing null']);
    await second.close();
  });

  it('is one coherent run to the client: a fresh start, one end, and the file', async () => {
    const clientId = randomUUID();
    const frames = await client.listen(clientId);
    const promptId = await client.submit(samplingGraph({ seed: 1, steps: 12 }), { client_id: clientId });
    await frames.until(() =>
      frames.messages().some(({ type, data }) => type === 'progress' && Number(data.value) >= 3),
    );
    const victim = cluster.nodes.find((node) => node.record().length > 0);
    victim?.exit();
    await frames.untilEnd(promptId);
    const story = frames.storyOf(promptId);
    expect(story.filter((step) => step === 'execution_start')).toHaveLength(2);
    expect(story.filter((step) => /execution_(success|error|interrupted)/.test(step))).toEqual([
      'execution_success',
    ]);
    expect(story.filter((step) => step === 'executing null')).toHaveLength(1);
    expect(story.slice(-2)).toEqual(['execution_success', 'executing null']);
    // Nothing of the first run follows the second start.
    const second = story.lastIndexOf('execution_start');
    expect(story.slice(second, second + 2)).toEqual(['execution_start', 'execution_cached']);
    const [file] = (await client.history(promptId))?.outputs['9']?.images ?? [];
    if (!file) throw new Error('no picture');
    expect(PNG.sync.read(await client.view(file)).width).toBe(64);
    await frames.close();
  });
});
