/** What the mask editor of the web UI asks for: one picture's alpha on another, and the colours or the alpha alone. */
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';

export type Edit =
  | { kind: 'mask'; original: Uint8Array; mask: Uint8Array }
  | { kind: 'rgb' | 'alpha'; picture: Uint8Array };

/** The PNG, or why there is none. */
export type Edited = { png: Uint8Array } | { fault: string };

interface Picture {
  width: number;
  height: number;
  /** Four bytes a pixel. */
  data: Uint8Array;
}

const pixelsMax = 16_000_000;
const unreadable = 'The picture cannot be read: PNG and JPEG of at most 16 million pixels are';

export function edited(edit: Edit): Edited {
  if (edit.kind === 'mask') return masked(read(edit.original), read(edit.mask));
  const picture = read(edit.picture);
  if (!picture) return { fault: unreadable };
  return edit.kind === 'rgb' ? { png: withoutAlpha(picture) } : { png: alphaOf(picture) };
}

function masked(original: Picture | undefined, mask: Picture | undefined): Edited {
  if (!original || !mask) return { fault: unreadable };
  if (original.width !== mask.width || original.height !== mask.height)
    return { fault: 'The mask has another size than its original' };
  for (let at = 3; at < original.data.length; at += 4) original.data[at] = mask.data[at] ?? 255;
  return { png: write(original) };
}

function withoutAlpha(picture: Picture): Uint8Array {
  for (let at = 3; at < picture.data.length; at += 4) picture.data[at] = 255;
  return write(picture, 'rgb');
}

/** Black, as transparent as the picture. */
function alphaOf(picture: Picture): Uint8Array {
  for (let at = 0; at < picture.data.length; at += 4) picture.data.fill(0, at, at + 3);
  return write(picture);
}

function read(bytes: Uint8Array): Picture | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (file[0] === 0xff)
      return jpeg.decode(file, { maxResolutionInMP: pixelsMax / 1e6, formatAsRGBA: true });
    return file.readUInt32BE(16) * file.readUInt32BE(20) > pixelsMax ? undefined : PNG.sync.read(file);
  } catch {
    return undefined;
  }
}

function write({ width, height, data }: Picture, colours: 'rgb' | 'rgba' = 'rgba'): Uint8Array {
  const png = Object.assign(new PNG({ width, height }), { data: Buffer.from(data) });
  return PNG.sync.write(png, { colorType: colours === 'rgb' ? 2 : 6 });
}
