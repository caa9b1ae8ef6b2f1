/** PNG: tEXt, zTXt and iTXt chunks, and ComfyUI's own `comf` of animated ones. */
import { keep, type MediaReader, type MediaTexts, type MediaTools, partsMax, textBytesMax } from './texts.js';

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

export const readPng: MediaReader = (bytes, tools) => {
  if (!bytes.subarray(0, 8).equals(signature)) return undefined;
  const texts: MediaTexts = new Map();
  let at = 8;
  for (let part = 0; part < partsMax && at + 12 <= bytes.length; part += 1) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (length <= textBytesMax) readChunk(type, bytes.subarray(at + 8, at + 8 + length), { texts, tools });
    at += 12 + length;
  }
  return texts;
};

function readChunk(
  type: string,
  data: Buffer,
  { texts, tools }: { texts: MediaTexts; tools: MediaTools },
): void {
  const end = data.indexOf(0);
  if (end < 1 || end > 79) return;
  const key = data.toString('latin1', 0, end);
  const rest = data.subarray(end + 1);
  if (type === 'tEXt') keep(texts, key, rest.toString('latin1'));
  else if (type === 'comf') keep(texts, key, rest.toString('utf8'));
  else if (type === 'zTXt') keepInflated(texts, key, tools.inflate(rest.subarray(1), textBytesMax));
  else if (type === 'iTXt') readInternational(key, rest, { texts, tools });
}

/** Compression flag and method, language NUL, translated keyword NUL, text. */
function readInternational(
  key: string,
  data: Buffer,
  { texts, tools }: { texts: MediaTexts; tools: MediaTools },
): void {
  const language = data.indexOf(0, 2);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (translated < 0) return;
  const text = data.subarray(translated + 1);
  keepInflated(texts, key, data[0] === 1 ? tools.inflate(text, textBytesMax) : text);
}

function keepInflated(texts: MediaTexts, key: string, data: Buffer | undefined): void {
  if (data) keep(texts, key, data.toString('utf8'));
}
