/** The published `openai` package, unmodified, with no more than another base URL. */
import OpenAI, { toFile } from 'openai';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/cluster.js';
import { firstFrameColour, solidPng } from '../../support/pictures.js';
import { eventually } from '../../support/poll.js';
import { call, workflow } from '../../support/v1.js';
import { workflows } from './workflows.js';

describe('the openai package', () => {
  let cluster: Cluster;
  let client: OpenAI;

  beforeAll(async () => {
    cluster = await startCluster({ nodes: [{ name: 'sim-1' }] });
    client = new OpenAI({ apiKey: 'none', baseURL: `${cluster.url}/openai/v1`, maxRetries: 0 });
    for (const [name, body] of Object.entries(workflows))
      await call(`${cluster.url}/v1/workflows/${name}`, 'PUT', body);
  });
  afterAll(() => cluster.stop());

  const ended = async (id: string) =>
    eventually(
      async () => {
        const video = await client.videos.retrieve(id);
        return video.status !== 'queued' && video.status !== 'in_progress' && video;
      },
      { timeoutMs: 60_000, intervalMs: 50 },
    );

  it('lists models: the workflows that say what they are', async () => {
    const names = [];
    for await (const model of client.models.list()) names.push(model.id);
    expect(names.toSorted()).toEqual(['painter', 'retoucher', workflow]);
    expect(await client.models.retrieve(workflow)).toMatchObject({ id: workflow, object: 'model' });
    await expect(client.models.retrieve('none')).rejects.toThrow(OpenAI.NotFoundError);
  });

  it('makes images of a size, several at once, as base64 and as URL', async () => {
    const { data = [] } = await client.images.generate({
      model: 'painter',
      prompt: 'cat',
      n: 3,
      size: '96x32',
    });
    expect(data).toHaveLength(3);
    const bytes = Buffer.from(data[0]?.b64_json ?? '', 'base64');
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 96, height: 32 });
    const { data: urls = [] } = await client.images.generate({
      model: 'painter',
      prompt: 'cat',
      response_format: 'url',
    });
    const response = await fetch(urls[0]?.url ?? '');
    expect(response.headers.get('content-type')).toBe('image/png');
    const webp = await client.images.generate({ model: 'painter', prompt: 'cat', output_format: 'webp' });
    const converted = Buffer.from(webp.data?.[0]?.b64_json ?? '', 'base64');
    expect(await sharp(converted).metadata()).toMatchObject({ format: 'webp' });
  });

  it('edits an image that is uploaded with the request', async () => {
    const red = solidPng([200, 10, 10]);
    const { data } = await client.images.edit({
      model: 'retoucher',
      image: await toFile(red, 'red.png', { type: 'image/png' }),
      prompt: 'brighter',
    });
    const { channels } = await sharp(Buffer.from(data?.[0]?.b64_json ?? '', 'base64')).stats();
    expect(channels.slice(0, 3).map(({ mean }) => Math.round(mean))).toEqual([200, 10, 10]);
  });

  it('makes a video with the shipped workflow from a reference, and reads, lists, downloads and deletes it', async () => {
    const reference = solidPng([10, 160, 40], { width: 512, height: 512 });
    const made = await client.videos.create({
      model: workflow,
      prompt: 'it grows',
      seconds: '2' as '4',
      size: '512x512' as '720x1280',
      input_reference: await toFile(reference, 'green.png', { type: 'image/png' }),
    });
    expect(made).toMatchObject({
      object: 'video',
      model: workflow,
      seconds: '2',
      size: '512x512',
      prompt: 'it grows',
      error: null,
    });
    const video = await ended(made.id);
    expect(video).toMatchObject({ status: 'completed', progress: 100 });
    expect(video.completed_at).toBeGreaterThanOrEqual(video.created_at);
    const content = await client.videos.downloadContent(made.id);
    expect(content.headers.get('content-type')).toBe('video/mp4');
    const [, green] = firstFrameColour(Buffer.from(await content.arrayBuffer()));
    expect(green).toBeGreaterThan(120);
    const { body } = await call<{ labels: object }>(
      `${cluster.url}/v1/jobs/${made.id.slice('video_'.length)}`,
    );
    expect(body.labels).toMatchObject({ 'openai.seconds': '2' });

    const second = await client.videos.create({
      model: workflow,
      prompt: 'again',
      seconds: '1' as '4',
      size: '512x512' as '720x1280',
      input_reference: await toFile(reference, 'green.png', { type: 'image/png' }),
    });
    await ended(second.id);
    const ids = [];
    for await (const each of client.videos.list({ limit: 1 })) ids.push(each.id);
    expect(ids).toEqual([second.id, made.id]);
    expect(await client.videos.delete(made.id)).toMatchObject({ id: made.id, deleted: true });
    await expect(client.videos.retrieve(made.id)).rejects.toThrow(OpenAI.NotFoundError);
    expect((await client.videos.list()).data.map(({ id }) => id)).toEqual([second.id]);
  });

  it('throws its own classes for what cannot be: model, parameters, sizes, content', async () => {
    const draw = async (more: object) =>
      client.images.generate({ model: 'painter', prompt: 'cat', ...more }).then(
        () => null,
        (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
      );
    expect(await draw({ model: 'none' })).toMatchObject({
      status: 404,
      code: 'model_not_found',
      param: 'model',
    });
    expect(await draw({ model: workflow })).toMatchObject({ status: 400, param: 'model' });
    expect(await draw({ size: '9999x16' })).toMatchObject({
      status: 400,
      param: 'size',
      code: 'invalid_value',
    });
    expect(await draw({ size: 'large' })).toMatchObject({ status: 400, param: 'size' });
    expect(await draw({ n: 99 })).toMatchObject({ status: 400, param: 'n' });
    expect(await draw({ prompt: '' })).toMatchObject({
      status: 400,
      param: 'prompt',
      code: 'missing_required_parameter',
    });
    expect(await draw({ colour: 'red' })).toMatchObject({
      status: 400,
      code: 'unknown_parameter',
      param: 'colour',
    });
    expect(await draw({ response_format: 'gif' })).toMatchObject({ status: 400, param: 'response_format' });
    // The node itself refuses it as the name of a file.
    expect(await draw({ prompt: 'a\u0000b' })).toMatchObject({ status: 500, type: 'server_error' });
    // Read in turns and within bounds, as at every door.
    expect(await draw({ colours: Array(500_001).fill(0) })).toMatchObject({
      status: 413,
      code: 'payload_too_large',
    });
    await expect(call(`${cluster.url}/openai/v1/images/generations`, 'POST', '{')).resolves.toMatchObject({
      status: 400,
      body: { error: { message: 'We could not parse the JSON body of your request.' } },
    });
    const noPicture = client.videos.create({ model: workflow, prompt: 'x' });
    await expect(noPicture).rejects.toMatchObject({ status: 400, param: 'input_reference' });
    await expect(client.videos.retrieve('video_none')).rejects.toMatchObject({ status: 404 });
    await expect(client.get('/nothing')).rejects.toMatchObject({ status: 404 });
    await expect(client.post('/videos', { body: '{' as unknown as object })).rejects.toMatchObject({
      status: 400,
    });
  });
});
