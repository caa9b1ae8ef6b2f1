/**
 * Keys as they are shown once: `cmx_<8 public>_<32 secret>_<6 check>`, letters and digits alone. Scanners of leaked secrets find the
 * prefix, the check tells a slip of the hand from a guess without a look-up, and only the hash of the secret part is kept.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const lengths = { id: 8, secret: 32 };
const checkLength = 6;
const pattern = /^cmx_([0-9A-Za-z]{8})_([0-9A-Za-z]{32})_([0-9a-f]{6})$/;
/** Random bytes that a key is made of: some are thrown away, so that every letter is as likely. */
export const randomBytesOfKey = 128;

export interface NewKey {
  /** Public: it may be listed and logged. */
  id: string;
  /** The whole, to be shown once. */
  text: string;
  hash: Buffer;
}

/** Of `randomBytesOfKey` random bytes. */
export function keyOf(random: Uint8Array): NewKey {
  const letters = [...random].filter((byte) => byte < 248).map((byte) => alphabet[byte % 62]);
  if (letters.length < lengths.id + lengths.secret) throw new Error('too few random bytes for a key');
  const id = letters.slice(0, lengths.id).join('');
  const secret = letters.slice(lengths.id, lengths.id + lengths.secret).join('');
  return { id, text: `cmx_${id}_${secret}_${checkOf(id, secret)}`, hash: hashOf(secret) };
}

/** Whether it means to be a key of ours: then it is refused when it is none, and not taken for something else. */
export const looksLikeKey = (text: string): boolean => text.startsWith('cmx_');

/** Undefined for what is no key, a mistyped one among them. */
export function readKey(text: string): { id: string; hash: Buffer } | undefined {
  const [, id, secret, check] = pattern.exec(text) ?? [];
  if (id === undefined || secret === undefined || check !== checkOf(id, secret)) return undefined;
  return { id, hash: hashOf(secret) };
}

/** In a time that says nothing of where they differ. */
export const isSameHash = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** As `printf ID_SECRET | sha256sum` begins, so that a shell or a chart can make a key. */
const checkOf = (id: string, secret: string): string =>
  createHash('sha256').update(`${id}_${secret}`).digest('hex').slice(0, checkLength);
