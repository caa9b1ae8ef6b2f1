/** Width and height of an image as its header states them, in pixels. */
export interface ImageSize {
  width: number;
  height: number;
}

/** `incomplete`: the header goes on after the bytes given. `unknown`: a format or a header this reader does not know. */
export type ImageSizeResult = ImageSize | 'incomplete' | 'unknown';

/** Reads the size from the first bytes of a PNG, JPEG, WebP, GIF or BMP, without decoding any pixel. */
export function readImageSize(mime: string, head: Uint8Array): ImageSizeResult {
  const read = readers[mime];
  if (read === undefined) return 'unknown';
  try {
    return read(new DataView(head.buffer, head.byteOffset, head.byteLength));
  } catch (error) {
    if (error instanceof RangeError) return 'incomplete';
    throw error;
  }
}

const readers: Record<string, (view: DataView) => ImageSizeResult> = {
  'image/png': pngSize,
  'image/apng': pngSize,
  'image/jpeg': jpegSize,
  'image/webp': webpSize,
  'image/gif': (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  // A negative height means that rows go from top to bottom.
  'image/bmp': (view) => ({
    width: Math.abs(view.getInt32(18, true)),
    height: Math.abs(view.getInt32(22, true)),
  }),
};

function pngSize(view: DataView): ImageSizeResult {
  if (textAt(view, 12, 4) !== 'IHDR') return 'unknown';
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

function jpegSize(view: DataView): ImageSizeResult {
  let offset = 2;
  for (;;) {
    if (view.getUint8(offset) !== 0xff) return 'unknown';
    const marker = view.getUint8(offset + 1);
    if (marker === 0xff) offset += 1;
    else if (isStartOfFrame(marker))
      return { height: view.getUint16(offset + 5), width: view.getUint16(offset + 7) };
    // Pixels or the end before any frame header.
    else if (marker === 0xda || marker === 0xd9) return 'unknown';
    else offset += isStandAlone(marker) ? 2 : 2 + view.getUint16(offset + 2);
  }
}

/** SOF0 to SOF15, without the tables (DHT, DAC) and the reserved JPG that share the row. */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

function isStandAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}

function webpSize(view: DataView): ImageSizeResult {
  switch (textAt(view, 12, 4)) {
    case 'VP8 ':
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 };
    default:
      return 'unknown';
  }
}

function uint24(view: DataView, offset: number): number {
  return view.getUint16(offset, true) | (view.getUint8(offset + 2) << 16);
}

function textAt(view: DataView, offset: number, length: number): string {
  return String.fromCharCode(...Array.from({ length }, (_, index) => view.getUint8(offset + index)));
}
