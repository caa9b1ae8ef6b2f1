/** WebP: an EXIF chunk whose texts are `prompt:{…}` and `workflow:{…}`, whatever tag they have. */
import { keepPair, type MediaReader, type MediaTexts, partsMax } from './texts.js';

export const readWebp: MediaReader = (bytes) => {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP')
    return undefined;
  const texts: MediaTexts = new Map();
  let at = 12;
  for (let part = 0; part < partsMax && at + 8 <= bytes.length; part += 1) {
    const length = bytes.readUInt32LE(at + 4);
    if (bytes.toString('latin1', at, at + 4) === 'EXIF')
      readExif(bytes.subarray(at + 8, at + 8 + length), texts);
    at += 8 + length + (length % 2);
  }
  return texts;
};

function readExif(chunk: Buffer, texts: MediaTexts): void {
  const tiff = chunk.toString('latin1', 0, 6) === 'Exif\0\0' ? chunk.subarray(6) : chunk;
  if (tiff.length < 8) return;
  const isLittle = tiff.toString('latin1', 0, 2) === 'II';
  const short = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const long = (at: number) => (isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const directory = long(4);
  if (directory + 2 > tiff.length) return;
  const count = Math.min(short(directory), partsMax);
  for (let entry = 0; entry < count; entry += 1) {
    const at = directory + 2 + 12 * entry;
    if (at + 12 > tiff.length) return;
    const length = long(at + 4);
    const start = length <= 4 ? at + 8 : long(at + 8);
    const isText = short(at + 2) === 2;
    if (isText) keepPair(texts, untilNul(tiff.subarray(start, start + length)), ':');
  }
}

function untilNul(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
