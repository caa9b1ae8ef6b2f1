/** Ids that tell browsers apart, as their cookie has them: `<id>.<mac>`, so that only this service can make one. */
import { isMacOf, macOf } from './digests.js';

const pattern = /^([0-9a-f]{32})\.([\w-]{43})$/;

export const signSession = (key: Uint8Array, id: string): string => `${id}.${macOf(key, id)}`;

/** The id; undefined for a text that none of the keys has signed. */
export function readSession(keys: readonly Uint8Array[], text: string): string | undefined {
  const [, id, mac = ''] = pattern.exec(text) ?? [];
  return id !== undefined && keys.some((key) => isMacOf(key, id, mac)) ? id : undefined;
}
