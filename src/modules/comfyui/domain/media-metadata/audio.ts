/** FLAC and Ogg: Vorbis comments. MP3: TXXX frames of ID3v2. */
import { keep, keepPair, type MediaReader, type MediaTexts, partsMax, textBytesMax } from './texts.js';

const vorbisComment = 4;

export const readFlac: MediaReader = (bytes) => {
  if (bytes.toString('latin1', 0, 4) !== 'fLaC') return undefined;
  const texts: MediaTexts = new Map();
  let at = 4;
  for (let part = 0; part < partsMax && at + 4 <= bytes.length; part += 1) {
    const head = bytes.readUInt8(at);
    const length = bytes.readUIntBE(at + 1, 3);
    if ((head & 0x7f) === vorbisComment) readComments(bytes.subarray(at + 4, at + 4 + length), texts);
    at += 4 + length;
    if ((head & 0x80) !== 0) break;
  }
  return texts;
};

/** Vendor, count, then as many `key=value`, each with its length before it. */
function readComments(data: Buffer, texts: MediaTexts): void {
  if (data.length < 4) return;
  let at = 4 + data.readUInt32LE(0);
  if (at + 4 > data.length) return;
  const count = Math.min(data.readUInt32LE(at), partsMax);
  at += 4;
  for (let comment = 0; comment < count && at + 4 <= data.length; comment += 1) {
    const length = data.readUInt32LE(at);
    if (length <= textBytesMax) keepPair(texts, data.toString('utf8', at + 4, at + 4 + length), '=');
    at += 4 + length;
  }
}

export const readOgg: MediaReader = (bytes) => {
  if (bytes.toString('latin1', 0, 4) !== 'OggS') return undefined;
  const texts: MediaTexts = new Map();
  const tags = secondPacket(bytes);
  if (tags.toString('latin1', 0, 8) === 'OpusTags') readComments(tags.subarray(8), texts);
  else if (tags.toString('latin1', 0, 7) === '\u0003vorbis') readComments(tags.subarray(7), texts);
  return texts;
};

/** The second packet of the stream holds its comments; it may go over many pages. */
function secondPacket(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  let packet = 0;
  let kept = 0;
  for (let page = 0; page < partsMax && at + 27 <= bytes.length; page += 1) {
    if (bytes.toString('latin1', at, at + 4) !== 'OggS') break;
    const segments = bytes.subarray(at + 27, at + 27 + bytes.readUInt8(at + 26));
    let from = at + 27 + segments.length;
    for (const length of segments) {
      if (packet === 1) pieces.push(bytes.subarray(from, from + length));
      kept += packet === 1 ? length : 0;
      from += length;
      if (length < 255) packet += 1;
      if (packet > 1 || kept > textBytesMax) return Buffer.concat(pieces);
    }
    at = from;
  }
  return Buffer.concat(pieces);
}

export const readMp3: MediaReader = (bytes) => {
  if (bytes.toString('latin1', 0, 3) !== 'ID3' || bytes.length < 10) return undefined;
  const texts: MediaTexts = new Map();
  const isNew = bytes.readUInt8(3) >= 4;
  const end = Math.min(bytes.length, 10 + synchsafe(bytes, 6));
  let at = 10;
  for (let frame = 0; frame < partsMax && at + 10 <= end; frame += 1) {
    const length = isNew ? synchsafe(bytes, at + 4) : bytes.readUInt32BE(at + 4);
    if (bytes.toString('latin1', at, at + 4) === 'TXXX')
      readUserText(bytes.subarray(at + 10, Math.min(end, at + 10 + length)), texts);
    if (length === 0) break;
    at += 10 + length;
  }
  return texts;
};

const synchsafe = (bytes: Buffer, at: number): number =>
  [0, 1, 2, 3].reduce((sum, offset) => sum * 128 + (bytes.readUInt8(at + offset) & 0x7f), 0);

/** Encoding, description, value; the encoding tells how a text ends. */
function readUserText(data: Buffer, texts: MediaTexts): void {
  const encoding = data[0];
  if (encoding === 1 || encoding === 2) {
    const [key = '', value = ''] = utf16Of(data.subarray(1), encoding === 2).split('\0');
    return keep(texts, key.replace('\uFEFF', ''), value.replace('\uFEFF', ''));
  }
  const [key = '', value = ''] = data.toString(encoding === 0 ? 'latin1' : 'utf8', 1).split('\0');
  keep(texts, key, value);
}

function utf16Of(data: Buffer, isBig: boolean): string {
  const even = data.subarray(0, data.length - (data.length % 2));
  const hasBigMark = even.length > 1 && even.readUInt16BE(0) === 0xfeff;
  return (isBig || hasBigMark ? Buffer.from(even).swap16() : even).toString('utf16le');
}
