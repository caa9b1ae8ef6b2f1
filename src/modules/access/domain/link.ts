/**
 * A link to one result that opens it without a key: for players, `<img>` and whoever it is sent to. Its signature is
 * `<expiry>.<id of the signing key>.<key that vouches>.<mac>`, and covers the door, the job and the name as they are understood, so that
 * another order or spelling of the query changes nothing and another file everything.
 */
import { createHash } from 'node:crypto';
import { isMacOf, macOf } from './digests.js';

/** What a link opens. */
export interface LinkedFile {
  /** Name of the door. */
  door: string;
  jobId: string;
  /** With `/`; empty for the top folder. */
  subfolder: string;
  filename: string;
  type: string;
}

export interface LinkTerms {
  /** Seconds since 1970 by the clock of the database, when it stops to be good. */
  expiresAtS: number;
  /** Public part of the key that it was handed out to: the link ends with it. Null for one that nobody vouches for. */
  keyId: string | null;
}

const pattern = /^(\d{10})\.([\w-]{6})\.([0-9A-Za-z]{8})?\.([\w-]{43})$/;

export function signLink(key: Uint8Array, file: LinkedFile, terms: LinkTerms): string {
  const { expiresAtS, keyId } = terms;
  return `${expiresAtS}.${signingKeyId(key)}.${keyId ?? ''}.${macOf(key, saidBy(file, terms))}`;
}

/** The terms of a signature by one of the keys for exactly this file, whether or not they have passed; undefined for any other text. */
export function readLink(keys: readonly Uint8Array[], file: LinkedFile, text: string): LinkTerms | undefined {
  const [, expiry, id, keyId = null, mac = ''] = pattern.exec(text) ?? [];
  const key = keys.find((each) => signingKeyId(each) === id);
  if (expiry === undefined || key === undefined) return undefined;
  const terms = { expiresAtS: Number(expiry), keyId };
  return isMacOf(key, saidBy(file, terms), mac) ? terms : undefined;
}

const signingKeyId = (key: Uint8Array): string =>
  createHash('sha256').update('id of ').update(key).digest('base64url').slice(0, 6);

function saidBy(file: LinkedFile, { expiresAtS, keyId }: LinkTerms): string {
  const { door, jobId, type, subfolder, filename } = file;
  return JSON.stringify([door, jobId, type, subfolder, filename, expiresAtS, keyId]);
}
