import { randomUUID } from 'node:crypto';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { copyGraph, samplingGraph } from './graphs.js';
import { NativeClient } from './native-client.js';

/** As ComfyUI's own websocket examples do it: /ws, then /prompt, then /history, then /view. */
describe('a script as ComfyUI’s examples have it', () => {
  let cluster: NativeCluster;
  let client: NativeClient;

  beforeAll(async () => {
    cluster = await startNativeCluster([
      { name: 'a', models: { checkpoints: ['sd15.safetensors'] }, stepMs: 5, previewMethod: 'auto' },
      {
        name: 'b',
        models: { checkpoints: ['only-b.safetensors'], loras: ['x.safetensors'] },
        stepMs: 5,
        previewMethod: 'auto',
      },
      { name: 'c', models: { checkpoints: ['sub\\only-c.safetensors'] }, stepMs: 5, windows: true },
    ]);
    client = new NativeClient(cluster.url);
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  it('follows a prompt by its socket, finds it in the history and fetches its picture', async () => {
    const clientId = randomUUID();
    const frames = await client.listen(clientId);
    const promptId = await client.submit(samplingGraph({ seed: 5 }), { client_id: clientId });
    await frames.untilEnd(promptId);
    const entry = await client.history(promptId);
    expect(entry?.status).toMatchObject({ status_str: 'success', completed: true });
    const [file] = entry?.outputs['9']?.images ?? [];
    if (!file) throw new Error('no picture');
    const picture = PNG.sync.read(await client.view(file));
    expect([picture.width, picture.height]).toEqual([64, 64]);
    expect(frames.storyOf(promptId)).toEqual(
      [
        'execution_start',
        'execution_cached',
        'executing 4',
        'executing 6',
        'executing 7',
        'executing 5',
        'executing 3',
        'executing 8',
        'executing 9',
        'executed',
        'execution_success',
        'executing null',
      ].toSorted((a, b) => frames.storyOf(promptId).indexOf(a) - frames.storyOf(promptId).indexOf(b)),
    );
    expect(frames.storyOf(promptId).slice(0, 2)).toEqual(['execution_start', 'execution_cached']);
    expect(frames.storyOf(promptId).slice(-3)).toEqual(['executed', 'execution_success', 'executing null']);
    expect(frames.binary.length).toBeGreaterThan(0);
    for (const frame of frames.binary) {
      expect(frame.readUInt32BE(0)).toBe(4);
      expect(frame.subarray(8, 8 + frame.readUInt32BE(4)).toString()).toContain(promptId);
    }
    await frames.close();
  });

  it('gets bare previews when it negotiates nothing', async () => {
    const clientId = randomUUID();
    const frames = await client.listen(clientId, false);
    const promptId = await client.submit(samplingGraph({ seed: 6 }), { client_id: clientId });
    await frames.untilEnd(promptId);
    expect(frames.binary.length).toBeGreaterThan(0);
    for (const frame of frames.binary) {
      expect([frame.readUInt32BE(0), frame.readUInt32BE(4)]).toEqual([1, 1]);
      expect(frame.subarray(8, 10)).toEqual(Buffer.from([0xff, 0xd8]));
    }
    await frames.close();
  });

  it('runs a graph on the one node that has its model, of which it knows nothing', async () => {
    for (const [checkpoint, node] of [
      ['only-b.safetensors', 1],
      ['sub/only-c.safetensors', 2],
      ['sd15.safetensors', 0],
    ] as const) {
      const before = cluster.nodes.map((candidate) => candidate.record().length);
      await client.finished(await client.submit(samplingGraph({ checkpoint, seed: 7 })));
      const ran = cluster.nodes.map((candidate, index) => candidate.record().length - (before[index] ?? 0));
      expect(ran.indexOf(1)).toBe(node);
    }
  });

  it('sees the classes, models and machines of all nodes as one', async () => {
    const info = await client.json<Record<string, { input: { required: Record<string, [string[]]> } }>>(
      '/object_info/CheckpointLoaderSimple',
    );
    expect(info.CheckpointLoaderSimple?.input.required.ckpt_name?.[0]).toEqual([
      'only-b.safetensors',
      'sd15.safetensors',
      'sub/only-c.safetensors',
    ]);
    expect(await client.json('/api/models/checkpoints')).toEqual([
      'only-b.safetensors',
      'sd15.safetensors',
      'sub/only-c.safetensors',
    ]);
    expect(await client.json('/models/loras')).toEqual(['x.safetensors']);
    expect((await client.get('/models/unet')).status).toBe(404);
    for (const [file, status] of [
      ['only-b.safetensors', 200],
      ['sub/only-c.safetensors', 200],
      ['none.safetensors', 404],
    ] as const) {
      const answer = await client.get(`/api/view_metadata/checkpoints?filename=${encodeURIComponent(file)}`);
      expect([answer.status, await answer.text()]).toEqual([
        status,
        status === 200 ? `{"format": "pt", "modelspec.title": "${file}"}` : '',
      ]);
    }
    expect((await client.get('/view_metadata/checkpoints')).status).toBe(404);
    const stats = await client.json<{ devices: { name: string }[] }>('/system_stats');
    expect(stats.devices.map(({ name }) => name.split('/')[0])).toEqual(['a-0', 'b-1', 'c-2']);
    const whole = await client.get('/api/object_info');
    expect(whole.headers.get('content-encoding')).toBe('gzip');
    expect(Object.keys((await whole.json()) as object).length).toBeGreaterThan(300);
    expect(
      await (await client.get('/object_info', { headers: { 'accept-encoding': 'identity' } })).text(),
    ).toContain('"max": 18446744073709551615');
  });

  it('uploads a picture once for jobs on any node, and reads an earlier output on any node', async () => {
    const png = PNG.sync.write(new PNG({ width: 32, height: 16 }));
    const { body } = await client.upload('photo.png', png);
    expect(body).toEqual({ name: 'photo.png', subfolder: '', type: 'input' });
    const first = await client.finished(await client.submit(copyGraph('photo.png')));
    const [file] = first.outputs['2']?.images ?? [];
    if (!file) throw new Error('no picture');
    const ran = new Set<number>();
    for (let round = 0; round < 6; round += 1) {
      const before = cluster.nodes.map((node) => node.record().length);
      const graph = {
        ...samplingGraph({
          checkpoint: ['sd15.safetensors', 'only-b.safetensors', 'sub/only-c.safetensors'][round % 3] ?? '',
          seed: 100 + round,
        }),
        ...renumbered(copyGraph(`${file.subfolder}/${file.filename} [output]`)),
      };
      const entry = await client.finished(await client.submit(graph));
      expect(entry.status.status_str).toBe('success');
      const copied = entry.outputs['102']?.images?.[0];
      if (!copied) throw new Error('no copy');
      expect(PNG.sync.read(await client.view(copied)).width).toBe(32);
      ran.add(cluster.nodes.findIndex((node, index) => node.record().length > (before[index] ?? 0)));
    }
    expect(ran).toEqual(new Set([0, 1, 2]));
  });

  it('sends seeds of 64 bits digit for digit', async () => {
    const text = JSON.stringify({ prompt: samplingGraph() }).replace(
      '"seed":1,',
      '"seed":18446744073709551615,',
    );
    const response = await client.post('/prompt', text);
    const { prompt_id: promptId } = (await response.json()) as { prompt_id: string };
    await client.finished(promptId);
    const history = await (await client.get(`/history/${promptId}`)).text();
    expect(history).toContain('"seed": 18446744073709551615');
  });

  it('keeps number and front in ComfyUI’s shapes, and an id of its own choosing', async () => {
    const promptId = randomUUID();
    const answer = await client.post('/prompt', {
      prompt: samplingGraph({ seed: 9 }),
      prompt_id: promptId,
      number: 5,
    });
    expect(await answer.text()).toBe(`{"prompt_id": "${promptId}", "number": 5.0, "node_errors": {}}`);
    const again = await client.post('/prompt', { prompt: samplingGraph({ seed: 9 }), prompt_id: promptId });
    expect([again.status, ((await again.json()) as { error: { type: string } }).error.type]).toEqual([
      400,
      'invalid_prompt_id',
    ]);
    await client.finished(promptId);
    const front = await client.post('/prompt', { prompt: samplingGraph({ seed: 10 }), front: true });
    expect(((await front.json()) as { number: number }).number).toBeLessThan(0);
  });
});

const renumbered = (graph: ReturnType<typeof copyGraph>) =>
  Object.fromEntries(
    Object.entries(graph).map(([id, node]) => {
      const inputs = Object.entries(node.inputs).map(
        ([name, value]) =>
          [name, Array.isArray(value) ? [`10${String(value[0])}`, value[1]] : value] as const,
      );
      return [`10${id}`, { ...node, inputs: Object.fromEntries(inputs) }];
    }),
  );
