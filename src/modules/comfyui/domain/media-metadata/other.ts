/** Latents and other safetensors, SVG, GLB and OpenEXR. */
import { isJsonObject, parsePlainJson } from '../json/json.js';
import { keep, type MediaReader, type MediaTexts, partsMax, textBytesMax } from './texts.js';

export const readSafetensors: MediaReader = (bytes) => {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return undefined;
  const length = bytes.readBigUInt64LE(0);
  if (length > BigInt(Math.min(textBytesMax, bytes.length - 8))) return undefined;
  const header = parsed(bytes.toString('utf8', 8, 8 + Number(length)));
  return isJsonObject(header) ? textsOf(header.__metadata__) : undefined;
};

export const readSvg: MediaReader = (bytes) => {
  const head = bytes.toString('utf8', 0, 1_000);
  if (!/^\uFEFF?\s*<(\?xml|!--|!DOCTYPE svg|svg)/i.test(head)) return undefined;
  const text = bytes.subarray(0, textBytesMax).toString('utf8');
  const metadata = text.indexOf('<metadata');
  const start = metadata < 0 ? -1 : text.indexOf('<![CDATA[', metadata);
  const end = start < 0 ? -1 : text.indexOf(']]>', start);
  return end < 0 ? new Map() : textsOf(parsed(text.slice(start + 9, end)));
};

export const readGlb: MediaReader = (bytes) => {
  if (bytes.length < 20 || bytes.toString('latin1', 0, 4) !== 'glTF') return undefined;
  const length = bytes.readUInt32LE(12);
  if (bytes.toString('latin1', 16, 20) !== 'JSON' || length > textBytesMax) return new Map();
  const document = parsed(bytes.toString('utf8', 20, 20 + length));
  const asset = isJsonObject(document) ? document.asset : undefined;
  return textsOf(isJsonObject(asset) ? asset.extras : undefined);
};

/** Attributes of the header: name NUL, type NUL, length, value. */
export const readExr: MediaReader = (bytes) => {
  if (bytes.length < 8 || bytes.readUInt32LE(0) !== 0x01312f76) return undefined;
  const texts: MediaTexts = new Map();
  let at = 8;
  for (let part = 0; part < partsMax; part += 1) {
    const nameEnd = bytes.indexOf(0, at);
    const typeEnd = nameEnd <= at ? -1 : bytes.indexOf(0, nameEnd + 1);
    if (typeEnd < 0 || typeEnd - at > 512 || typeEnd + 5 > bytes.length) break;
    const from = typeEnd + 5;
    const to = from + bytes.readUInt32LE(typeEnd + 1);
    if (bytes.toString('latin1', nameEnd + 1, typeEnd) === 'string')
      keep(texts, bytes.toString('latin1', at, nameEnd), bytes.toString('utf8', from, to));
    at = to;
  }
  return texts;
};

/** Values are JSON as text or as objects. */
function textsOf(metadata: unknown): MediaTexts {
  const texts: MediaTexts = new Map();
  if (!isJsonObject(metadata)) return texts;
  for (const [key, value] of Object.entries(metadata))
    if (typeof value === 'string') keep(texts, key, value);
    else if (isJsonObject(value)) keep(texts, key, JSON.stringify(value));
  return texts;
}

function parsed(text: string): unknown {
  try {
    return parsePlainJson(text);
  } catch {
    return undefined;
  }
}
