import { decodePercent } from '../../../platform/outside-text/index.js';

/** Files inside a request. Undefined for what is none: a decoder that skips what it does not know would keep half a file. */
export interface InlineFile {
  bytes: Buffer;
  mime?: string | undefined;
}

const base64Text = /^[A-Za-z0-9+/_-]*={0,2}$/;
const dataUri = /^data:([\w.+-]{1,100}\/[\w.+-]{1,100})?(?:;[\w.+-]{1,100}=[^;,]{0,200})*(;base64)?,/i;

export function readBase64(text: string, mime?: string): InlineFile | undefined {
  const plain = /\s/.test(text) ? text.replaceAll(/\s+/g, '') : text;
  if (plain === '' || !base64Text.test(plain)) return undefined;
  return { bytes: Buffer.from(plain, 'base64'), mime };
}

export function readDataUri(uri: string): InlineFile | undefined {
  const [head, mime, isBase64] = dataUri.exec(uri.slice(0, 4_096)) ?? [];
  if (head === undefined) return undefined;
  const body = uri.slice(head.length);
  if (isBase64 !== undefined) return readBase64(decodePercent(body) ?? '', mime?.toLowerCase());
  const text = decodePercent(body);
  return text === undefined || text === ''
    ? undefined
    : { bytes: Buffer.from(text), mime: mime?.toLowerCase() };
}
