/**
 * Previews, and what the mask editor of the web UI asks for: one picture's alpha on another, the colours or the alpha
 * alone. All work is libvips's, in threads of its own.
 */
import { openPicture, type Picture, rawPicture, type RawPixels } from '../../../platform/pictures/index.js';
import type { PictureWish } from '../domain/picture-query.js';

const pixelsMax = 40_000_000;

export async function pictureAs(file: Buffer, wish: PictureWish): Promise<Buffer> {
  if (wish.kind === 'alpha') return withAlpha(await blackOf(file), await alphaOf(file));
  const picture = await opened(file);
  if (wish.kind === 'rgb') return written(picture.removeAlpha());
  const { format, quality, opaque } = wish;
  return (opaque ? picture.removeAlpha() : picture).toFormat(format, { quality }).toBuffer();
}

/** Undefined when their sizes differ. */
export async function masked(original: Buffer, mask: Buffer): Promise<Buffer | undefined> {
  const colours = await pixels(await coloursOf(original));
  const alpha = await alphaOf(mask);
  const isSameSize = colours.width === alpha.width && colours.height === alpha.height;
  return isSameSize ? withAlpha(colours, alpha) : undefined;
}

interface Pixels extends RawPixels {
  data: Buffer;
}

const opened = (file: Buffer): Promise<Picture> => openPicture(file, pixelsMax);

const coloursOf = async (file: Buffer): Promise<Picture> =>
  (await opened(file)).removeAlpha().toColourspace('srgb');

const alphaOf = async (file: Buffer): Promise<Pixels> =>
  pixels((await opened(file)).ensureAlpha().extractChannel('alpha'));

const blackOf = async (file: Buffer): Promise<Pixels> => pixels((await coloursOf(file)).linear(0, 0));

async function pixels(picture: Picture): Promise<Pixels> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { data, width, height, channels };
}

async function withAlpha({ data, ...colours }: Pixels, { data: alpha, ...raw }: Pixels): Promise<Buffer> {
  const picture = await rawPicture(data, colours);
  return written(picture.joinChannel(alpha, { raw }));
}

const written = (picture: Picture): Promise<Buffer> => picture.png({ compressionLevel: 6 }).toBuffer();
