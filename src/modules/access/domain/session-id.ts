/** Ids that tell browsers apart, as their cookie has them: `<id>.<mac>`, so that only this service can make one. */
import { createHmac, timingSafeEqual } from 'node:crypto';

const pattern = /^([0-9a-f]{32})\.([\w-]{43})$/;

export const signSession = (key: Uint8Array, id: string): string => `${id}.${macOf(key, id)}`;

/** The id; undefined for a text that none of the keys has signed. */
export function readSession(keys: readonly Uint8Array[], text: string): string | undefined {
  const [, id, mac = ''] = pattern.exec(text) ?? [];
  if (id === undefined) return undefined;
  const isOurs = keys.some((key) => timingSafeEqual(Buffer.from(macOf(key, id)), Buffer.from(mac)));
  return isOurs ? id : undefined;
}

const macOf = (key: Uint8Array, id: string): string =>
  createHmac('sha256', key).update(id).digest('base64url');
