/** Files go where a graph names them, whatever the class of the node there; every kind of file comes back out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { call } from '../../support/v1.js';
import { ApiV2Client, reference } from './client.js';
import { node } from './graphs.js';

const latentOf = (width: number): Record<string, object> => ({
  1: node('EmptyLatentImage', { width, height: 64, batch_size: 1 }),
  2: node('SaveLatent', { samples: ['1', 0], filename_prefix: 'latents/made' }),
});
const latentAgain = (latent: unknown): Record<string, object> => ({
  1: node('LoadLatent', { latent }),
  2: node('SaveLatent', { samples: ['1', 0], filename_prefix: 'latents/again' }),
});
const shown = (source: unknown): Record<string, object> => ({ 1: node('PreviewAny', { source }) });

describe('files of Comfy API v2', () => {
  let cluster: Cluster;
  let client: ApiV2Client;
  beforeAll(async () => {
    cluster = await startCluster({
      nodes: ['one', 'two'].map((name) => ({ name, stepMs: 1, loadMs: 1 })),
    });
    client = new ApiV2Client(cluster.url);
    await eventually(
      async () => 'SaveImage' in (await call(`${cluster.service.nativeUrl}/object_info/SaveImage`)).body,
      { what: 'the classes of the cluster' },
    );
  });
  afterAll(async () => cluster.stop());

  const nodeOf = async (id: string): Promise<string> =>
    String((await call(`${cluster.url}/v1/jobs/${id}`)).body['node_id']);

  it('an output of one node is an input of another, for a loader that no schema tells from a choice', async () => {
    const made = await client.run(latentOf(192));
    const maker = await nodeOf(made.id);
    await call(`${cluster.url}/v1/nodes/${maker}/drain`, 'POST');
    try {
      const [output] = made.outputs;
      const again = await client.run(latentAgain(reference(output?.id ?? '')));
      expect(await nodeOf(again.id)).not.toBe(maker);
      expect(await client.bytes(again.outputs[0]?.id ?? '')).toEqual(await client.bytes(output?.id ?? ''));
      const { body } = await client.upload(await client.bytes(output?.id ?? ''), 'kept/plain.latent');
      expect(body).toMatchObject({ file_path: 'kept/plain.latent' });
      const plain = await client.run(latentAgain('kept/plain.latent'));
      expect(plain.outputs.map(({ hash }) => hash)).toEqual(again.outputs.map(({ hash }) => hash));
    } finally {
      await call(`${cluster.url}/v1/nodes/${maker}/undrain`, 'POST');
    }
  });

  it('references stand in lists and objects of any node', async () => {
    const [red, blue] = await Promise.all(
      [solidPng([255, 0, 0]), solidPng([0, 0, 255])].map(
        async (bytes, index) => (await client.upload(bytes, `in/${index}.png`)).body.id,
      ),
    );
    const source = { first: [reference(red ?? ''), 7], second: { third: reference(blue ?? '') } };
    const job = await client.run(shown(source));
    const told = JSON.parse((await client.bytes(job.outputs[0]?.id ?? '')).toString()) as {
      first: [string, number];
      second: { third: string };
    };
    const inputs = new Set([told.first[0], told.second.third]);
    expect([...inputs].filter((name) => /^comfymux\/[0-9a-f]{32}\.png$/.test(name))).toHaveLength(2);
    expect(told.first[1]).toBe(7);
    const { body } = await client.call<{ workflow: Record<string, { inputs: { source: unknown } }> }>(
      'GET',
      `/jobs/${job.id}/workflow`,
    );
    expect(body.workflow['1']?.inputs.source).toEqual({
      first: ['in/0.png', 7],
      second: { third: 'in/1.png' },
    });
    const list = await client.run(shown([reference(red ?? ''), reference(blue ?? ''), reference(red ?? '')]));
    const names = JSON.parse((await client.bytes(list.outputs[0]?.id ?? '')).toString()) as string[];
    expect(names).toHaveLength(3);
    expect(new Set(names)).toEqual(inputs);
  });

  it.each<[string, Record<string, object>, string, string, RegExp]>([
    [
      'SaveAudio',
      {
        1: node('EmptyAudio', { duration: 1, sample_rate: 44_100, channels: 2 }),
        2: node('SaveAudio', { audio: ['1', 0], filename_prefix: 'a' }),
      },
      'audio',
      'audio/flac',
      /^fLaC/,
    ],
    [
      'SaveAudioMP3',
      {
        1: node('EmptyAudio', { duration: 1, sample_rate: 44_100, channels: 2 }),
        2: node('SaveAudioMP3', { audio: ['1', 0], filename_prefix: 'a', quality: 'V0' }),
      },
      'audio',
      'audio/mpeg',
      /^\u00ff\u00fb/,
    ],
    [
      'SaveText',
      {
        1: node('PrimitiveString', { value: 'a text' }),
        2: node('SaveText', { text: ['1', 0], filename_prefix: 't', format: 'txt' }),
      },
      'text',
      'text/plain',
      /^a text$/,
    ],
    [
      'SaveGLB',
      {
        1: node('Load3D', { model_file: 'none', image: '', width: 64, height: 64 }),
        2: node('SaveGLB', { mesh: ['1', 6], filename_prefix: 'm' }),
      },
      'file',
      'model/gltf-binary',
      /^glTF/,
    ],
    [
      'SaveVideo',
      {
        1: node('EmptyImage', { width: 64, height: 64, batch_size: 4, color: 0 }),
        2: node('CreateVideo', { images: ['1', 0], fps: 8 }),
        3: node('SaveVideo', { video: ['2', 0], filename_prefix: 'v', format: 'auto', codec: 'auto' }),
      },
      'video',
      'video/mp4',
      /^....ftyp/s,
    ],
    ['PreviewAny', shown('told'), 'text', 'text/plain', /^told$/],
    ['SaveLatent', latentOf(64), 'latent', 'application/octet-stream', /__metadata__/],
  ])(
    'what %s makes comes out with its kind and content type',
    async (_class, graph, type, contentType, begins) => {
      const job = await client.run(graph);
      const [output, ...others] = job.outputs;
      const bytes = await client.bytes(output?.id ?? '');
      expect(others).toEqual([]);
      expect(output).toMatchObject({ type, content_type: contentType, size_bytes: bytes.length });
      expect(bytes.toString('latin1')).toMatch(begins);
    },
  );
});
