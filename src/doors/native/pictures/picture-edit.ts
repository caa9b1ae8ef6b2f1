/**
 * Previews, and what the mask editor of the web UI asks for: one picture's alpha on another, the colours or the alpha
 * alone. All work is libvips's, in threads of its own.
 */
import sharp, { type Sharp } from 'sharp';
import type { PictureWish } from '../domain/picture-query.js';

const pixelsMax = 40_000_000;
const secondsMax = 60;

// Uploads come from strangers: the fewer decoders, the better.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Png', 'Jpeg', 'Webp', 'Nsgif'].map((format) => `VipsForeignLoad${format}`),
});
sharp.cache(false);

export async function pictureAs(file: Buffer, wish: PictureWish): Promise<Buffer> {
  if (wish.kind === 'alpha') return written(withAlpha(await blackOf(file), await alphaOf(file)));
  if (wish.kind === 'rgb') return written(opened(file).removeAlpha());
  const { format, quality, opaque } = wish;
  const picture = opaque ? opened(file).removeAlpha() : opened(file);
  return picture.toFormat(format, { quality }).toBuffer();
}

/** Undefined when their sizes differ. */
export async function masked(original: Buffer, mask: Buffer): Promise<Buffer | undefined> {
  const [colours, alpha] = [await pixels(coloursOf(original)), await alphaOf(mask)];
  const isSameSize = colours.width === alpha.width && colours.height === alpha.height;
  return isSameSize ? written(withAlpha(colours, alpha)) : undefined;
}

interface Pixels {
  data: Buffer;
  width: number;
  height: number;
  channels: 1 | 2 | 3 | 4;
}

const opened = (file: Buffer): Sharp =>
  sharp(file, { limitInputPixels: pixelsMax, failOn: 'error' }).timeout({ seconds: secondsMax });

const coloursOf = (file: Buffer): Sharp => opened(file).removeAlpha().toColourspace('srgb');

const alphaOf = (file: Buffer): Promise<Pixels> => pixels(opened(file).ensureAlpha().extractChannel('alpha'));

const blackOf = (file: Buffer): Promise<Pixels> => pixels(coloursOf(file).linear(0, 0));

async function pixels(picture: Sharp): Promise<Pixels> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { data, width, height, channels };
}

const withAlpha = ({ data, ...colours }: Pixels, { data: alpha, ...raw }: Pixels): Sharp =>
  sharp(data, { raw: colours }).joinChannel(alpha, { raw });

const written = (picture: Sharp): Promise<Buffer> => picture.png({ compressionLevel: 6 }).toBuffer();
