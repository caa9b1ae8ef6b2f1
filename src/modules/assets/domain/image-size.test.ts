import fc from 'fast-check';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { describe, expect, test } from 'vitest';
import { readImageSize } from './image-size.js';

function little16(...values: number[]): number[] {
  return values.flatMap((value) => [value & 0xff, value >> 8]);
}

const ascii = (text: string) => [...Buffer.from(text)];
const webp = (...chunk: number[]) =>
  Uint8Array.from([...ascii('RIFF'), 0, 0, 0, 0, ...ascii('WEBP'), ...chunk]);
const png = PNG.sync.write(new PNG({ width: 31, height: 17 }));
const plainJpeg = jpeg.encode({ width: 31, height: 17, data: Buffer.alloc(31 * 17 * 4) }, 50).data;
/** The same picture behind 150 KB of application data, as cameras write it. */
const cameraJpeg = Buffer.concat([
  plainJpeg.subarray(0, 2),
  ...Array.from({ length: 3 }, applicationData),
  plainJpeg.subarray(2),
]);

function applicationData(): Buffer {
  const segment = Buffer.alloc(50_002);
  segment.set([0xff, 0xe1, 50_000 >> 8, 50_000 & 0xff]);
  return segment;
}

const images: [string, string, Uint8Array][] = [
  ['PNG', 'image/png', png],
  ['JPEG', 'image/jpeg', plainJpeg],
  ['JPEG of a camera', 'image/jpeg', cameraJpeg],
  ['GIF', 'image/gif', Uint8Array.from([...ascii('GIF89a'), ...little16(31, 17)])],
  ['BMP, top row first', 'image/bmp', bmp(31, -17)],
  ['WebP, lossy', 'image/webp', webp(...ascii('VP8 '), ...Array<number>(10).fill(0), ...little16(31, 17))],
  [
    'WebP, lossless',
    'image/webp',
    webp(...ascii('VP8L'), 0, 0, 0, 0, 0x2f, ...little16(30 | ((16 & 3) << 14), 16 >> 2)),
  ],
  ['WebP, extended', 'image/webp', webp(...ascii('VP8X'), ...Array<number>(8).fill(0), 30, 0, 0, 16, 0, 0)],
];

function bmp(width: number, height: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(26));
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  return new Uint8Array(view.buffer);
}

describe.each(images)('%s', (_name, mime, bytes) => {
  test('tells its size', () => {
    expect(readImageSize(mime, bytes)).toEqual({ width: 31, height: 17 });
  });

  test('cut anywhere, asks for more or tells the same size', () => {
    fc.assert(
      fc.property(fc.nat(Math.min(bytes.length, 500)), (length) => {
        const size = readImageSize(mime, bytes.subarray(0, length));
        expect(size === 'incomplete' ? { width: 31, height: 17 } : size).toEqual({ width: 31, height: 17 });
      }),
    );
  });
});

test('no bytes make it fail', () => {
  const mimes = fc.constantFrom(
    'image/png',
    'image/jpeg',
    'image/webp',
    'image/gif',
    'image/bmp',
    'image/tiff',
    'constructor',
  );
  fc.assert(
    fc.property(mimes, fc.uint8Array({ maxLength: 200 }), (mime, bytes) => void readImageSize(mime, bytes)),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      readImageSize('image/jpeg', Uint8Array.from([0xff, 0xd8, ...bytes]));
    }),
  );
});
