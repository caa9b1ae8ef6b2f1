import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { checkHead } from './head-check.js';
import { OutputCheck } from './output-check.js';
import { UploadCheck, type UploadCheckOptions } from './upload-check.js';

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function mimeOf(bytes: Uint8Array, options: UploadCheckOptions = { accept: 'image' }): Promise<string> {
  const check = new UploadCheck(options);
  await buffer(checkHead(inChunks(bytes, 1000), check));
  return check.mime;
}

const png = PNG.sync.write(new PNG({ width: 40, height: 30 }));
const photo = jpeg.encode({ width: 40, height: 30, data: Buffer.alloc(40 * 30 * 4) }, 50).data;
const gif = Buffer.from(
  'GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;',
  'latin1',
);
const tiff = Buffer.from([0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 0, 0, 0, 0]);
const mp4 = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypisom\0\0\x02\0isommp42')]);

/** A PNG of that size as its header claims, with no pixel behind it. */
function claiming(width: number, height: number): Buffer {
  const bytes = Buffer.from(png);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
}

/** As cameras write it: with a preview and colour profiles in front. */
function withLongHeader(photograph: Buffer): Buffer {
  const segment = Buffer.alloc(2 + 0xffff);
  segment.writeUInt32BE(0xffe2ffff);
  return Buffer.concat([
    photograph.subarray(0, 2),
    ...Array<Buffer>(17).fill(segment),
    photograph.subarray(2),
  ]);
}

describe('where an image is wanted', () => {
  test.each([
    ['a PNG', png, 'image/png'],
    ['a JPEG', photo, 'image/jpeg'],
    ['a GIF', gif, 'image/gif'],
    ['a TIFF', tiff, 'image/tiff'],
    ['a JPEG whose size is a megabyte away', withLongHeader(photo), 'image/jpeg'],
    ['64 megapixels', claiming(8000, 8000), 'image/png'],
  ])('%s passes, known by its bytes', async (_what, bytes, mime) => {
    expect(await mimeOf(bytes)).toBe(mime);
  });

  test.each([
    ['text', Buffer.from('just words, named photo.jpg')],
    ['nothing', Buffer.alloc(0)],
    ['a video', mp4],
    ['HTML', Buffer.from('<html><script>alert(1)</script>')],
    ['a PNG that claims more than 64 megapixels', claiming(8001, 8000)],
    ['a PNG that claims 2³² × 2³² pixels', claiming(0xffffffff, 0xffffffff)],
    ['a PNG without pixels', claiming(0, 10)],
    ['a PNG that breaks off before its size', png.subarray(0, 20)],
    ['a JPEG that breaks off before its size', photo.subarray(0, 30)],
  ])('%s is refused', async (_what, bytes) => {
    await expect(mimeOf(bytes, { accept: 'image', declaredMime: 'image/jpeg' })).rejects.toMatchObject({
      code: 'unsupported_media',
    });
  });
});

test('where any file is wanted, bytes count before what the caller says', async () => {
  expect(await mimeOf(mp4, { accept: 'any', declaredMime: 'text/plain' })).toBe('video/mp4');
  expect(await mimeOf(Buffer.from('a,b'), { accept: 'any', declaredMime: 'text/csv' })).toBe('text/csv');
  expect(await mimeOf(Buffer.from('a,b'), { accept: 'any' })).toBe('application/octet-stream');
  await expect(mimeOf(Buffer.alloc(0), { accept: 'any' })).rejects.toMatchObject({
    code: 'unsupported_media',
  });
});

test("a node's file is what its name says, else what its bytes say, else what the node says", async () => {
  const mime = async (filename: string, bytes: Uint8Array, contentType?: string) => {
    const check = new OutputCheck(filename, contentType);
    await buffer(checkHead(inChunks(bytes, 7), check));
    return check.mime;
  };
  expect(await mime('i2v_00001.mp4', png)).toBe('video/mp4');
  expect(await mime('latent.latent', png)).toBe('image/png');
  expect(await mime('note.log', Buffer.from('words'), 'text/x-log; charset=utf-8')).toBe('text/x-log');
  expect(await mime('empty', Buffer.alloc(0))).toBe('application/octet-stream');
});

describe('looking at a head', () => {
  const look = { firstLookBytes: 10, maxHeadBytes: 40, isEnough: () => true, check: async () => undefined };

  test('every byte is passed on, in order, whatever the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 60 }),
        async (bytes, size) => {
          expect(await buffer(checkHead(inChunks(bytes, size), look))).toEqual(Buffer.from(bytes));
        },
      ),
    );
  });

  test('nothing is passed on before the check, which runs once with all that was wanted', async () => {
    const heads: number[] = [];
    const check = {
      ...look,
      isEnough: (head: Uint8Array) => head.length >= 25,
      check: async (head: Uint8Array) => void heads.push(head.length),
    };
    const stream = checkHead(inChunks(new Uint8Array(100), 1), check)[Symbol.asyncIterator]();
    expect((await stream.next()).value).toHaveLength(heads[0] ?? 0);
    while (!(await stream.next()).done);
    expect(heads).toEqual([40]);
  });

  test('a refusal closes the source', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(16);
      } finally {
        closed = true;
      }
    }
    const refusing = { ...look, check: () => Promise.reject(new Error('no')) };
    await expect(buffer(checkHead(source(), refusing))).rejects.toThrow('no');
    expect(closed).toBe(true);
  });
});
