/** What a request shows to say who asks. Pure: whether it is good is found out elsewhere. */
import type { IncomingHttpHeaders } from 'node:http';
import { looksLikeKey } from '../../../modules/access/index.js';
import { cookieOf } from './cookies.js';

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

/** A JSON Web Token, of whomsoever. */
export function shownToken({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  const [, token] = /^bearer +(eyJ[\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization.trim()) ?? [];
  return token;
}

export const loginCookieNames = { secure: '__Host-comfymux_login', plain: 'comfymux_login' };

/** What a browser that has logged in sends by itself. The name that only this very host can set over TLS comes first. */
export const loginCookie = (headers: IncomingHttpHeaders): string | undefined =>
  cookieOf(headers, loginCookieNames);

/** The key may be the user or the password: `http://key@host`, or a form that wants both. */
function basicParts(encoded: string): string[] {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}
