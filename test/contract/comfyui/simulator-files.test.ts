import { PNG } from 'pngjs';
import jpeg from 'jpeg-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startSimulatedNode, type SimulatedNode } from '../../../src/programs/simulator/index.js';
import { ComfyClient, solidPng, type OutputFile } from './comfy-client.js';
import { wanGraph, type Graph } from './wan-graph.js';

let node: SimulatedNode;
let client: ComfyClient;
beforeAll(async () => {
  node = await startSimulatedNode({ maxUploadBytes: 200_000, outputSizeBytes: 150_000 });
  client = new ComfyClient(node.url);
});
afterAll(() => node.stop());

const bytes = (text: string): Buffer => Buffer.from(text);
const view = (query: Record<string, string>, headers: Record<string, string> = {}, method = 'GET') =>
  client.get(`/view?${new URLSearchParams(query).toString()}`, { headers, method });

async function outputOf(
  graph: Graph,
  id: string,
  key: string,
): Promise<OutputFile & Record<string, unknown>> {
  const entry = await client.finished(await client.submit(graph));
  return entry.outputs[id]?.[key]?.[0] as OutputFile & Record<string, unknown>;
}

describe('uploads', () => {
  it('answer in the server’s bytes, and rename on another content', async () => {
    expect(await (await client.upload('n.png', bytes('one'))).text()).toBe(
      '{"name": "n.png", "subfolder": "", "type": "input"}',
    );
    expect(await (await client.upload('n.png', bytes('two'))).json()).toMatchObject({ name: 'n (1).png' });
    expect(await (await client.upload('n.png', bytes('one'))).json()).toMatchObject({ name: 'n.png' });
    expect(await (await client.upload('n.png', bytes('new'), { overwrite: 'true' })).json()).toMatchObject({
      name: 'n.png',
    });
    expect(await (await view({ filename: 'n.png', type: 'input' })).text()).toBe('new');
  });

  it('make sub-folders, whose files a graph names with their path', async () => {
    await client.upload('deep.png', solidPng(8, 8, [0, 0, 255]), { subfolder: 'a/b' });
    expect(
      (await client.post('/prompt', { prompt: wanGraph({ image: 'a/b/deep.png', length: 1 }) })).status,
    ).toBe(200);
    expect(await client.text('/object_info/LoadImage')).not.toContain('deep.png');
  });

  it('refuse what is no file or leaves the folder', async () => {
    expect((await client.upload('x.png', bytes('x'), { subfolder: '../..' })).status).toBe(400);
    expect((await client.upload('x.png', bytes('x'), { type: 'secret' })).status).toBe(500);
    const form = new FormData();
    form.set('image', 'no file');
    expect((await client.get('/upload/image', { method: 'POST', body: form })).status).toBe(400);
  });

  it('over the limit are refused with its size', async () => {
    const answer = await client.upload('big.bin', Buffer.alloc(250_000));
    expect([answer.status, await answer.text()]).toEqual([413, 'Maximum request body size 200000 exceeded.']);
    const streamed = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.alloc(50_000, 32));
        pulls += 1;
        if (pulls === 60) controller.close();
      },
    });
    let pulls = 0;
    const init = { method: 'POST', body: streamed, duplex: 'half' } as RequestInit;
    expect((await client.get('/prompt', init)).status).toBe(413);
  });

  it('of masks put their alpha on the original', async () => {
    await client.upload('original.png', solidPng(4, 4, [10, 20, 30]));
    const reference = JSON.stringify({ filename: 'original.png', type: 'input' });
    const answer = await client.upload(
      'masked.png',
      solidPng(4, 4, [0, 0, 0, 77]),
      { original_ref: reference },
      '/upload/mask',
    );
    expect(await answer.json()).toMatchObject({ name: 'masked.png' });
    const saved = PNG.sync.read(
      Buffer.from(await (await view({ filename: 'masked.png', type: 'input' })).arrayBuffer()),
    );
    expect([...saved.data.subarray(0, 4)]).toEqual([10, 20, 30, 77]);
    expect((await client.upload('other.png', solidPng(4, 4, [0, 0, 0]), {}, '/upload/mask')).status).toBe(
      500,
    );
  });
});

describe('/view', () => {
  beforeAll(() => client.upload('v.txt', bytes('0123456789')));
  const file = { filename: 'v.txt', type: 'input' };

  it('streams a file with its name, type, size and version', async () => {
    const answer = await view(file);
    const head = await view(file, {}, 'HEAD');
    for (const reply of [answer, head]) {
      expect(reply.status).toBe(200);
      expect(reply.headers.get('content-disposition')).toBe('filename="v.txt"');
      expect(reply.headers.get('accept-ranges')).toBe('bytes');
      expect(reply.headers.get('content-length')).toBe('10');
    }
    expect([await answer.text(), await head.text()]).toEqual(['0123456789', '']);
  });

  it('serves ranges, and 304 to those who have it', async () => {
    const part = await view(file, { range: 'bytes=2-4' });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ]);
    const etag = part.headers.get('etag') ?? '';
    expect((await view(file, { 'if-none-match': etag })).status).toBe(304);
    expect((await view(file, { range: 'bytes=10-' })).status).toBe(416);
  });

  it.each([
    [{ type: 'input' }, 404],
    [{ filename: '', type: 'input' }, 400],
    [{ filename: '../secret', type: 'input' }, 400],
    [{ filename: '/etc/passwd', type: 'input' }, 400],
    [{ filename: 'v.txt', type: 'secret' }, 400],
    [{ filename: 'v.txt', type: 'input', subfolder: '../../..' }, 403],
    [{ filename: 'none.txt', type: 'input' }, 404],
    [{ filename: 'v.txt [input]' }, 200],
    [{ filename: 'deep/er/v.txt', type: 'input' }, 200],
  ] as [Record<string, string>, number][])('answers %o with %i', async (query, status) => {
    expect((await view(query)).status).toBe(status);
  });

  it('does not show what a browser would run', async () => {
    await client.upload('page.html', bytes('<script>'));
    const answer = await view({ filename: 'page.html', type: 'input' });
    expect([answer.headers.get('content-type'), answer.headers.get('x-content-type-options')]).toEqual([
      'application/octet-stream',
      'nosniff',
    ]);
  });

  it('re-encodes previews, and fails on what is no picture', async () => {
    await client.upload('p.png', solidPng(20, 10, [9, 99, 199]));
    const preview = await view({ filename: 'p.png', type: 'input', preview: 'jpeg;80' });
    expect(jpeg.decode(new Uint8Array(await preview.arrayBuffer()))).toMatchObject({ width: 20, height: 10 });
    expect((await view({ filename: 'v.txt', type: 'input', preview: 'webp' })).status).toBe(500);
  });
});

describe('produced files', () => {
  it('show the input picture, in its proportion, whichever format it came in', async () => {
    await client.upload('red.png', solidPng(640, 360, [230, 20, 20]));
    const blue = jpeg.encode({ width: 360, height: 640, data: solidData(360, 640, [20, 20, 230]) }, 90).data;
    await client.upload('blue.jpg', blue);
    for (const [image, index, size] of [
      ['red.png', 0, [320, 180]],
      ['blue.jpg', 2, [180, 320]],
    ] as const) {
      const item = await outputOf(wanGraph({ image, length: 5, prefix: `colour/${index}` }), '76', 'gifs');
      const first = PNG.sync.read(
        readFileSync(path.join(node.folders.of('output'), item.subfolder, String(item['workflow']))),
      );
      expect([first.width, first.height]).toEqual(size);
      const pixel = first.data.subarray(0, 3);
      expect(pixel[index]).toBeGreaterThan(200);
      expect(pixel[2 - index]).toBeLessThan(60);
    }
  });

  it('grow to the asked size and are served in ranges from any place', async () => {
    const item = await outputOf(
      wanGraph({ image: 'red.png', length: 3, frameRate: 12, prefix: 'job-1/x' }),
      '76',
      'gifs',
    );
    expect(item).toEqual({
      filename: 'x_00001.mp4',
      subfolder: 'job-1',
      type: 'output',
      format: 'video/h264-mp4',
      frame_rate: 12,
      workflow: 'x_00001.png',
      fullpath: '/comfyui/output/job-1/x_00001.mp4',
    });
    const query = { filename: item.filename, subfolder: item.subfolder, type: 'output' };
    const tail = await view(query, { range: 'bytes=-100' });
    expect([tail.status, tail.headers.get('content-range'), tail.headers.get('content-type')]).toEqual([
      206,
      'bytes 149900-149999/150000',
      'video/mp4',
    ]);
  });

  it('of SaveImage count on by folder, with the prompt inside', async () => {
    const graph: Graph = {
      1: { class_type: 'LoadImage', inputs: { image: 'red.png' } },
      2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'sub/pic_%width%' } },
      3: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
    };
    const saved = await outputOf(graph, '2', 'images');
    expect(saved).toEqual({ filename: 'pic_640_00001_.png', subfolder: 'sub', type: 'output' });
    const again = {
      ...graph,
      2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'sub/pic_640' } },
    };
    expect(await outputOf(again, '2', 'images')).toMatchObject({ filename: 'pic_640_00002_.png' });
    const picture = Buffer.from(
      await (await view({ filename: saved.filename, subfolder: 'sub', type: 'output' })).arrayBuffer(),
    );
    expect(PNG.sync.read(picture)).toMatchObject({ width: 640, height: 360 });
    expect(picture.toString('latin1')).toContain('tEXtprompt\0{"1": {"class_type": "LoadImage"');
  });

  it('of SaveVideo are listed as images', async () => {
    const graph: Graph = {
      1: { class_type: 'LoadImage', inputs: { image: 'red.png' } },
      2: { class_type: 'CreateVideo', inputs: { images: ['1', 0], fps: 10 } },
      3: {
        class_type: 'SaveVideo',
        inputs: { video: ['2', 0], filename_prefix: 'video/V', format: 'auto', codec: 'auto' },
      },
    };
    expect(await outputOf(graph, '3', 'images')).toEqual({
      filename: 'V_00001_.mp4',
      subfolder: 'video',
      type: 'output',
    });
  });

  it('never leave the output folder', async () => {
    const entry = await client.finished(
      await client.submit(wanGraph({ image: 'red.png', prefix: '../../out' })),
    );
    expect(entry.status.messages.at(-1)?.[1]['exception_message']).toContain(
      'Saving image outside the output folder is not allowed',
    );
  });
});

function solidData(width: number, height: number, colour: number[]): Uint8Array {
  return PNG.sync.read(solidPng(width, height, colour)).data;
}

describe('odd names', () => {
  it.each([
    '日本語',
    '视频 🎬',
    'caf\udce9',
    'a\r\nb',
    'a\u0001b',
    'a"b',
    '\u0085',
    '.'.repeat(200),
    '%zz',
    'x'.repeat(5_000),
  ])('of the prefix %j end nothing', async (prefix) => {
    const graph: Graph = {
      1: { class_type: 'EmptyImage', inputs: { width: 8, height: 8, batch_size: 1, color: 1 } },
      2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: prefix } },
    };
    const statuses: number[] = [];
    const id = await client.submit(graph).catch(() => undefined);
    if (id !== undefined) {
      const { outputs } = await client.finished(id);
      for (const { filename, subfolder, type } of outputs['2']?.images ?? [])
        statuses.push((await view({ filename, subfolder, type })).status);
    }
    expect(statuses.filter((status) => ![200, 400, 404].includes(status))).toEqual([]);
    expect((await client.get('/system_stats')).status).toBe(200);
  });
});
