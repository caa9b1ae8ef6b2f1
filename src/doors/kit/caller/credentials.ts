/** What a request shows to say who asks. Pure: whether it is good is found out elsewhere. */
import type { IncomingHttpHeaders } from 'node:http';
import { looksLikeKey } from '../../../modules/access/index.js';

/** `ambient` ones are sent by a browser by itself, whichever page asks. */
export interface ShownKey {
  text: string;
  isAmbient: boolean;
}

/**
 * The key that is shown, or undefined. What does not look like a key of ours is somebody else's credential, which clients of
 * ComfyUI send for others to read, and counts as none.
 */
export function shownKey(headers: IncomingHttpHeaders): ShownKey | undefined {
  const { authorization = '', 'x-api-key': apiKey } = headers;
  const [scheme = '', value = ''] = authorization.trim().split(/\s+/, 2);
  const explicit = [/^bearer$/i.test(scheme) ? value : '', typeof apiKey === 'string' ? apiKey.trim() : ''];
  const text = explicit.find(looksLikeKey);
  if (text !== undefined) return { text, isAmbient: false };
  const basic = /^basic$/i.test(scheme) ? basicParts(value).find(looksLikeKey) : undefined;
  return basic === undefined ? undefined : { text: basic, isAmbient: true };
}

/** The key may be the user or the password: `http://key@host`, or a form that wants both. */
function basicParts(encoded: string): string[] {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}
