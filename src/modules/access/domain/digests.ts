/** Digests of credentials: what only this service can sign, and names that show nothing of what they name. */
import { createHash, createHmac } from 'node:crypto';
import { isSameHash } from './api-key.js';

/** The HMAC of what is said: 43 letters of base64url. */
export const macOf = (key: Uint8Array, said: string): string =>
  createHmac('sha256', key).update(said).digest('base64url');

/** Compares texts and not what they encode: some of the letters of base64 carry bits that nobody reads. */
export const isMacOf = (key: Uint8Array, said: string, mac: string): boolean =>
  isSameHash(Buffer.from(macOf(key, said)), Buffer.from(mac));

/** Tells things apart that must not be shown, or that are too long or too odd to be kept as they are. Names in the record are made so. */
export const digestName = (of: string | Uint8Array): string =>
  createHash('sha256').update(of).digest('hex').slice(0, 32);
