import { decodePercent } from '../../../platform/outside-text/index.js';

/** Files inside a request. Undefined for what is none: a decoder that skips what it does not know would keep half a file. */
export interface InlineFile {
  bytes: Buffer;
  mime?: string | undefined;
}

const dataUri = /^data:([\w.+-]{1,100}\/[\w.+-]{1,100})?(?:;[\w.+-]{1,100}=[^;,]{0,200})*(;base64)?,/i;

export function readBase64(text: string, mime?: string): InlineFile | undefined {
  const bytes = bytesOf(text) ?? bytesOf(text.replaceAll(/\s+/g, ''));
  return bytes && { bytes, mime };
}

const pieceBytes = 262_144;

/** For who hashes and writes it: the whole at once would hold up everybody else. */
export function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** Every character must have counted: that is told by the length, much sooner than by a look at each. */
function bytesOf(text: string): Buffer | undefined {
  const digits = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.length === Math.floor((digits * 3) / 4) ? bytes : undefined;
}

export function readDataUri(uri: string): InlineFile | undefined {
  const [head, mime, isBase64] = dataUri.exec(uri.slice(0, 4_096)) ?? [];
  if (head === undefined) return undefined;
  const body = uri.slice(head.length);
  if (isBase64 !== undefined)
    return readBase64(body.includes('%') ? (decodePercent(body) ?? '') : body, mime?.toLowerCase());
  const text = decodePercent(body);
  return text === undefined || text === ''
    ? undefined
    : { bytes: Buffer.from(text), mime: mime?.toLowerCase() };
}
