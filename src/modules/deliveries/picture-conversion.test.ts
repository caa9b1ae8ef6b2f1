import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { ConversionError, convertedPicture, isConverted } from './picture-conversion.js';

const media = new URL('../../../test/contract/comfyui/ui-format/recordings/media/', import.meta.url);
const fileOf = (bytes: Buffer) => ({ sizeBytes: bytes.byteLength, bytes: async () => bytes });

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** A PNG that says it is so large, in a hundred bytes. */
function pngThatSays(width: number, height: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.alloc(10))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

it.each(['webp', 'jpeg', 'png'] as const)('makes a %s of a picture, of its own size', async (format) => {
  const picture = readFileSync(new URL('save-image.png', media));
  const { width, height } = await sharp(picture).metadata();
  const made = await convertedPicture(fileOf(picture), { format, quality: 60 });
  expect(await sharp(made).metadata()).toMatchObject({ format, width, height });
});

it.each([
  ['of too many pixels', pngThatSays(60_000, 60_000), /pixel limit/],
  [
    'that breaks off',
    readFileSync(new URL('save-image.png', media)).subarray(0, 200),
    /could not be converted/,
  ],
  ['that is none', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /could not be converted/],
])('refuses a picture %s', async (_, bytes, why) => {
  const failure: unknown = await convertedPicture(fileOf(bytes), { format: 'webp' }).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ConversionError);
  expect((failure as Error).message).toMatch(why);
});

it('refuses a picture that is animated', async () => {
  const frame = (colour: string) =>
    sharp({ create: { width: 8, height: 8, channels: 3, background: colour } })
      .png()
      .toBuffer();
  const frames = await Promise.all(['red', 'blue'].map(frame));
  const film = await sharp(frames, { join: { animated: true } })
    .webp()
    .toBuffer();
  await expect(convertedPicture(fileOf(film), { format: 'png' })).rejects.toThrow(/animated/);
});

it('reads no file that is too large', async () => {
  const file = { sizeBytes: 10 ** 10, bytes: () => Promise.reject(new Error('it was read')) };
  await expect(convertedPicture(file, { format: 'webp' })).rejects.toThrow(/more than/);
});

it('takes pictures alone', () => {
  expect(['image/png', 'image/webp', 'video/mp4', 'text/plain', 'image/gif'].map(isConverted)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
