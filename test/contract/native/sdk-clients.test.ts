import { CallWrapper, ComfyApi, PromptBuilder } from '@saintno/comfyui-sdk';
import { Client } from '@stable-canvas/comfyui-client';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../../support/poll.js';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { type Graph, samplingGraph } from './graphs.js';

/** The libraries as their registry has them, nothing changed. */
describe('client libraries', () => {
  let cluster: NativeCluster;

  beforeAll(async () => {
    cluster = await startNativeCluster([
      {
        name: 'a',
        models: { checkpoints: ['sd15.safetensors'], loras: ['l.safetensors'] },
        stepMs: 10,
        previewMethod: 'auto',
      },
      { name: 'b', models: { checkpoints: ['only-b.safetensors'] }, stepMs: 10, previewMethod: 'auto' },
      {
        name: 'c',
        models: { checkpoints: ['only-c.safetensors'], embeddings: ['e.pt'] },
        stepMs: 10,
        previewMethod: 'auto',
      },
    ]);
  });
  afterAll(() => cluster.stop());

  describe('@saintno/comfyui-sdk', () => {
    let api: ComfyApi;
    beforeAll(async () => {
      api = new ComfyApi(cluster.url);
      await api.init(5, 100).waitForReady();
    });
    afterAll(() => api.destroy());

    it('sees one server with the models of all', async () => {
      expect(await api.ping()).toMatchObject({ status: true });
      expect(await api.getCheckpoints()).toEqual([
        'only-b.safetensors',
        'only-c.safetensors',
        'sd15.safetensors',
      ]);
      expect(await api.getLoras()).toEqual(['l.safetensors']);
      expect(await api.getEmbeddings()).toEqual(['e']);
      expect((await api.getSystemStats()).devices).toHaveLength(3);
      expect(Object.keys((await api.getNodeDefs('KSampler')) ?? {})).toEqual(['KSampler']);
    });

    it('runs a CallWrapper to its result, with progress and previews, on the node that has the model', async () => {
      const workflow = new PromptBuilder(
        titled(samplingGraph({ steps: 4, seed: 77 })),
        ['checkpoint'],
        ['images'],
      )
        .setInputNode('checkpoint', '4.inputs.ckpt_name')
        .setOutputNode('images', '9')
        .input('checkpoint', 'only-c.safetensors');
      const heard = {
        pending: 0,
        started: 0,
        progress: [] as number[],
        previews: 0,
        failures: [] as unknown[],
      };
      const result = await new CallWrapper(api, workflow)
        .onPending(() => void (heard.pending += 1))
        .onStart(() => void (heard.started += 1))
        .onProgress((info) => void heard.progress.push(info.value))
        .onPreview((blob) => void (heard.previews += blob.size > 0 ? 1 : 0))
        .onFailed((error) => void heard.failures.push(error))
        .run();
      expect(heard).toMatchObject({ pending: 1, started: 1, failures: [] });
      expect(heard.progress).toContain(4);
      expect(heard.previews).toBeGreaterThan(0);
      if (!result || !('images' in result)) throw new Error('no result');
      const { images } = result.images as { images: { filename: string; subfolder: string; type: string }[] };
      const [image] = images;
      if (!image) throw new Error('no image');
      const bytes = await (await fetch(api.getPathImage(image))).arrayBuffer();
      expect(PNG.sync.read(Buffer.from(bytes)).width).toBe(64);
      expect(cluster.nodes[2]?.record()).toHaveLength(1);
    });

    it('uploads a picture and finds its prompt in queue and history', async () => {
      const uploaded = await api.uploadImage(PNG.sync.write(new PNG({ width: 8, height: 8 })), 'sdk.png');
      if (!uploaded) throw new Error('no upload');
      expect(uploaded.info.filename).toBe('sdk.png');
      expect((await fetch(uploaded.url)).status).toBe(200);
      // The wrapper has its result with the last output, before the end of the run is told.
      await eventually(async () => Object.keys(await api.getHistories()).length === 1);
      expect(await api.getQueue()).toEqual({ queue_running: [], queue_pending: [] });
    });
  });

  describe('@stable-canvas/comfyui-client', () => {
    it('connects, enqueues, follows and fetches the picture', async () => {
      const client = new Client({
        api_host: new URL(cluster.url).host,
        WebSocket,
        fetch: globalThis.fetch,
      });
      await client.connect();
      try {
        expect((await client.getSystemStats()).devices).toHaveLength(3);
        expect(await client.getSDModels()).toEqual([
          'only-b.safetensors',
          'only-c.safetensors',
          'sd15.safetensors',
        ]);
        const progress: number[] = [];
        const result = await client.enqueue(samplingGraph({ checkpoint: 'only-b.safetensors', seed: 78 }), {
          progress: ({ value }: { value: number }) => void progress.push(value),
        });
        // Beside the result the library keeps every preview that came.
        const [image, ...others] = result.images.filter(({ type }) => type === 'url');
        expect(others).toEqual([]);
        if (image?.type !== 'url') throw new Error('no picture');
        const picture = Buffer.from(await (await fetch(image.data)).arrayBuffer());
        expect(PNG.sync.read(picture).width).toBe(64);
        expect(progress.length).toBeGreaterThan(0);
        expect(cluster.nodes[1]?.record()).toHaveLength(1);
      } finally {
        client.close();
      }
    });
  });
});

const titled = (graph: Graph) =>
  Object.fromEntries(
    Object.entries(graph).map(([id, node]) => [id, { ...node, _meta: { title: node.class_type } }]),
  );
