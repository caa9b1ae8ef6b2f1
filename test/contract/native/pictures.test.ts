import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NativeCluster, startNativeCluster } from './cluster.js';
import { copyGraph } from './graphs.js';
import { NativeClient } from './native-client.js';

const side = 8;
const grey = { width: side, height: side, channels: 1 } as const;
const greyPixels = Buffer.alloc(side * side, 90);

describe('pictures', () => {
  let cluster: NativeCluster;
  let client: NativeClient;

  beforeAll(async () => {
    cluster = await startNativeCluster([{ name: 'a' }]);
    client = new NativeClient(cluster.url);
  });
  afterAll(async () => {
    await client.close();
    await cluster.stop();
  });

  const reference = (filename: string) => ({ original_ref: JSON.stringify({ filename, type: 'input' }) });
  const pixelsOf = async (query: string): Promise<number[][]> => {
    const answer = await client.get(`/view?${query}&type=input`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
    const { data } = PNG.sync.read(Buffer.from(await answer.arrayBuffer()));
    return [0, side * side - 1].map((pixel) => [...data.subarray(pixel * 4, pixel * 4 + 4)]);
  };

  it('puts the alpha of a mask on its original, which then can be loaded', async () => {
    await client.upload('original.png', picture([200, 10, 20, 255]));
    const { body } = await client.upload(
      'masked.png',
      picture([0, 0, 0, 77]),
      reference('original.png'),
      '/upload/mask',
    );
    expect(body).toEqual({ name: 'masked.png', subfolder: '', type: 'input' });
    expect(await pixelsOf('filename=masked.png')).toEqual([
      [200, 10, 20, 77],
      [200, 10, 20, 77],
    ]);
    const ended = await client.finished(await client.submit(copyGraph('masked.png')));
    expect(ended.status.status_str).toBe('success');
  });

  it('takes a JPEG as original', async () => {
    const data = Buffer.alloc(side * side * 4, 255);
    await client.upload('photo.jpg', jpeg.encode({ width: side, height: side, data }, 95).data);
    await client.upload('photo-mask.png', picture([0, 0, 0, 9]), reference('photo.jpg'), '/api/upload/mask');
    expect((await pixelsOf('filename=photo-mask.png'))[0]?.[3]).toBe(9);
  });

  it('writes nothing for an original that is not there, and says no more than ComfyUI', async () => {
    const { status, body } = await client.upload(
      'lost.png',
      picture([0, 0, 0, 1]),
      reference('none.png'),
      '/upload/mask',
    );
    expect([status, body?.name]).toEqual([200, 'lost.png']);
    expect((await client.get('/view?filename=lost.png&type=input')).status).toBe(404);
  });

  it('refuses what is no picture, of another size, or without a reference', async () => {
    await client.upload('words.png', Buffer.from('no picture'));
    await client.upload('small.png', PNG.sync.write(new PNG({ width: 2, height: 2 })));
    for (const fields of [reference('words.png'), reference('small.png'), {}, { original_ref: '[]' }])
      expect((await client.upload('m.png', picture([0, 0, 0, 1]), fields, '/upload/mask')).status).toBe(400);
    expect((await client.get('/view?filename=words.png&type=input&channel=a')).status).toBe(400);
  });

  it('shows the colours and the alpha of a picture apart', async () => {
    await client.upload('both.png', picture([1, 2, 3, 40]));
    expect((await pixelsOf('filename=both.png&channel=rgb'))[1]).toEqual([1, 2, 3, 255]);
    expect((await pixelsOf('filename=both.png&channel=a'))[1]).toEqual([0, 0, 0, 40]);
    expect((await pixelsOf('filename=both.png&channel=rgba'))[1]).toEqual([1, 2, 3, 40]);
    await client.upload('grey.png', await sharp(greyPixels, { raw: grey }).png().toBuffer());
    expect((await pixelsOf('filename=grey.png&channel=rgb'))[0]).toEqual([90, 90, 90, 255]);
    expect((await pixelsOf('filename=grey.png&channel=a'))[0]).toEqual([0, 0, 0, 255]);
  });

  it.each([
    ['webp;90', '', 'webp', true],
    ['jpeg;80', '', 'jpeg', false],
    ['jpeg;80', '&channel=rgba', 'webp', true],
    ['webp', '&channel=rgb', 'webp', false],
    ['png;90', '', 'webp', true],
  ])('makes a preview %s%s: %s, transparent %s', async (preview, more, format, hasAlpha) => {
    await client.upload('big.png', picture([200, 100, 50, 128]));
    const answer = await client.get(
      `/api/view?filename=big.png&type=input&preview=${encodeURIComponent(preview)}${more}`,
    );
    expect([
      answer.status,
      answer.headers.get('content-type'),
      answer.headers.get('content-disposition'),
    ]).toEqual([200, `image/${format}`, 'filename="big.png"']);
    expect(await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).toMatchObject({
      format,
      width: side,
      height: side,
      hasAlpha,
    });
  });

  it('shows a result as a preview, and what is no picture as it is', async () => {
    await client.upload('source.png', picture([1, 2, 3, 255]));
    const ended = await client.finished(await client.submit(copyGraph('source.png')));
    const file = ended.outputs['2']?.images?.[0];
    if (!file) throw new Error('no picture');
    const query = new URLSearchParams({ ...file, preview: 'webp;70' }).toString();
    const preview = await client.get(`/view?${query}`);
    expect((await sharp(Buffer.from(await preview.arrayBuffer())).metadata()).format).toBe('webp');
    await client.upload('no.png', Buffer.from('no picture'));
    await client.upload('drawing.svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));
    for (const name of ['no.png', 'drawing.svg']) {
      const answer = await client.get(`/view?filename=${name}&type=input&preview=webp`);
      expect([answer.status, (await answer.text()).length]).toEqual([200, name === 'no.png' ? 10 : 41]);
    }
  });
});

function picture(pixel: number[]): Buffer {
  const png = new PNG({ width: side, height: side });
  for (let at = 0; at < png.data.length; at += 4) png.data.set(pixel, at);
  return PNG.sync.write(png);
}
