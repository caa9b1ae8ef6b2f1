/** Turns a picture into another format: one at a time in a process, bounded in bytes, pixels and time. All work is libvips's, in threads of its own. */
import pLimit from 'p-limit';
import { openPicture } from '../../platform/pictures/index.js';
import type { DeliverWish } from '../jobs/index.js';

const bytesMax = 256 * 1024 ** 2;
const oneAtATime = pLimit(1);
const read = new Set(['image/png', 'image/jpeg', 'image/webp']);

/** `message` is for the caller: no later try does better. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';
}

/** Whether a file of this type is a picture that is converted; others are brought as they are. */
export const isConverted = (mime: string): boolean => read.has(mime);

/** Throws ConversionError. */
export async function convertedPicture(
  file: { sizeBytes: number; bytes: () => Promise<Buffer> },
  { format, quality }: NonNullable<DeliverWish['convert']>,
): Promise<Buffer> {
  if (file.sizeBytes > bytesMax) throw new ConversionError(`the picture has more than ${bytesMax} bytes`);
  return oneAtATime(async () => {
    const bytes = await file.bytes();
    try {
      const picture = await openPicture(bytes);
      const { pages = 1 } = await picture.metadata();
      if (pages > 1) throw new ConversionError('an animated picture is not converted');
      const options = quality === undefined ? {} : { quality };
      return await picture.toFormat(format, options).toBuffer();
    } catch (cause) {
      if (cause instanceof ConversionError) throw cause;
      const why = cause instanceof Error ? cause.message : 'it cannot be read';
      throw new ConversionError(`the picture could not be converted: ${why.slice(0, 200)}`, { cause });
    }
  });
}
