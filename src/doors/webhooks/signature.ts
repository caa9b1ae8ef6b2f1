/** Signatures as standardwebhooks.com describes them, so that its libraries verify them. */
import { createHmac } from 'node:crypto';

const base64Prefix = 'whsec_';

export function signatureOf(secret: string, id: string, timestampS: number, body: string): string {
  const key = secret.startsWith(base64Prefix)
    ? Buffer.from(secret.slice(base64Prefix.length), 'base64')
    : Buffer.from(secret);
  return `v1,${createHmac('sha256', key).update(`${id}.${timestampS}.${body}`).digest('base64')}`;
}
