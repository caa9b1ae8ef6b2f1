import { media, type Thumbnail } from './media-pool.js';

/** A picture as it runs through a graph: its claimed size, and a small copy that keeps proportion and colours. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly thumbnail: Thumbnail;
}

/** Longest side of the small copy, and of every video made from it. */
const longestSide = 320;

export const loadPicture = (path: string): Promise<Picture> =>
  media.run('readPicture', { path, longestSide });

export function solidPicture(
  width: number,
  height: number,
  [r, g, b]: readonly [number, number, number],
): Picture {
  const side = 16;
  const rgba = new Uint8Array(side * side * 4);
  for (let at = 0; at < rgba.length; at += 4) rgba.set([r, g, b, 255], at);
  return { width, height, thumbnail: { width: side, height: side, rgba } };
}

/** Cuts the middle (or an edge) of the picture to the proportion of the new size. */
export function cropped(picture: Picture, width: number, height: number, position: string): Picture {
  const { thumbnail } = picture;
  const ratio = Math.min(thumbnail.width / width, thumbnail.height / height);
  const w = Math.max(1, Math.round(width * ratio));
  const h = Math.max(1, Math.round(height * ratio));
  const left = { left: 0, right: thumbnail.width - w }[position] ?? Math.floor((thumbnail.width - w) / 2);
  const top = { top: 0, bottom: thumbnail.height - h }[position] ?? Math.floor((thumbnail.height - h) / 2);
  const rgba = new Uint8Array(w * h * 4);
  for (let y = 0; y < h; y += 1) {
    const from = ((top + y) * thumbnail.width + left) * 4;
    rgba.set(thumbnail.rgba.subarray(from, from + w * 4), y * w * 4);
  }
  return { width, height, thumbnail: { width: w, height: h, rgba } };
}

/** Centres the picture on a field of the new size's proportion. */
export function padded(
  picture: Picture,
  width: number,
  height: number,
  colour: readonly [number, number, number],
): Picture {
  const { thumbnail } = picture;
  const ratio = Math.max(thumbnail.width / width, thumbnail.height / height);
  const w = Math.max(thumbnail.width, Math.round(width * ratio));
  const h = Math.max(thumbnail.height, Math.round(height * ratio));
  const rgba = new Uint8Array(w * h * 4);
  for (let at = 0; at < rgba.length; at += 4) rgba.set([...colour, 255], at);
  const left = Math.floor((w - thumbnail.width) / 2);
  const top = Math.floor((h - thumbnail.height) / 2);
  for (let y = 0; y < thumbnail.height; y += 1) {
    const row = thumbnail.rgba.subarray(y * thumbnail.width * 4, (y + 1) * thumbnail.width * 4);
    rgba.set(row, ((top + y) * w + left) * 4);
  }
  return { width, height, thumbnail: { width: w, height: h, rgba } };
}

/** Size of the video made from a picture: its proportion, even sides, longest at most 320. */
export function videoSize(picture: Picture): { width: number; height: number } {
  const ratio = Math.min(1, longestSide / Math.max(picture.width, picture.height));
  const even = (side: number): number => Math.max(16, Math.round((side * ratio) / 2) * 2);
  return { width: even(picture.width), height: even(picture.height) };
}
