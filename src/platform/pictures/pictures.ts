/**
 * Pictures of strangers, read, changed and written by libvips in threads of its own. Its settings hold for the whole process, so they
 * are made here and nowhere else. It is loaded with the first picture: a service that sees none does without its memory.
 */
import type { Sharp } from 'sharp';

export type Picture = Sharp;

export interface RawPixels {
  width: number;
  height: number;
  channels: 1 | 2 | 3 | 4;
}

const secondsMax = 60;
const usualPixelsMax = 100_000_000;
/** The fewer decoders, the better. */
const readable = ['Png', 'Jpeg', 'Webp', 'Nsgif'];

let loading: ReturnType<typeof load> | undefined;

/** A PNG, JPEG, WebP or GIF. What is none, or has more than `pixelsMax`, rejects when it is looked at or written. */
export async function openPicture(file: Buffer, pixelsMax = usualPixelsMax): Promise<Picture> {
  const sharp = await loaded();
  return sharp(file, { limitInputPixels: pixelsMax, failOn: 'error' }).timeout({ seconds: secondsMax });
}

/** Of pixels as `raw().toBuffer()` gives them. */
export async function rawPicture(data: Buffer, raw: RawPixels): Promise<Picture> {
  const sharp = await loaded();
  return sharp(data, { raw });
}

const loaded = (): ReturnType<typeof load> => (loading ??= load());

async function load() {
  const { default: sharp } = await import('sharp');
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: readable.map((format) => `VipsForeignLoad${format}`) });
  sharp.cache(false);
  return sharp;
}
