import { expect, it } from 'vitest';
import { openPicture, rawPicture } from './index.js';

const red = async (): Promise<Buffer> => {
  const pixels = await rawPicture(Buffer.from([255, 0, 0, 255, 0, 0]), { width: 2, height: 1, channels: 3 });
  return pixels.png().toBuffer();
};

it('reads what it wrote', async () => {
  const picture = await openPicture(await red(), 2);
  expect(await picture.metadata()).toMatchObject({ format: 'png', width: 2, height: 1 });
});

it('writes none that has more pixels than it may', async () => {
  const picture = await openPicture(await red(), 1);
  await expect(picture.png().toBuffer()).rejects.toThrow('pixel limit');
});

it.each([
  ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'],
  ['a PPM', 'P3 1 1 255 255 0 0'],
  ['nothing', ''],
  ['a text', 'GIF89a, it says'],
])('does not read %s', async (_what, text) => {
  const read = openPicture(Buffer.from(text), 100).then(async (picture) => picture.metadata());
  await expect(read).rejects.toThrow(/unsupported|empty|corrupt/i);
});
