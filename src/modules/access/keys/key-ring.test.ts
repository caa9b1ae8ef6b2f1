import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { Notifications } from '../../../platform/database/index.js';
import { keyOf, noScopes, randomBytesOfKey } from '../domain/index.js';
import { KeyRing } from './key-ring.js';
import type { KeysStore, SecretRecord } from './keys.store.js';

const key = keyOf(randomBytes(randomBytesOfKey));
const record = {
  id: key.id,
  principalId: 'ada',
  tenantId: 'team',
  role: 'submit',
  rights: [],
  scopes: noScopes,
  expiresInMs: null,
  revokedAt: null,
  secretHash: key.hash,
} as unknown as SecretRecord;

it('asks the record once for a key that is used many times in ten seconds, and once for all who wait for that', async () => {
  let asked = 0;
  const find = async (): Promise<SecretRecord> => {
    asked += 1;
    return record;
  };
  const ring = new KeyRing({ find } as unknown as KeysStore, {} as Notifications, pino({ level: 'silent' }));
  await Promise.all(Array.from({ length: 100 }, async () => ring.ownerOf(key.text)));
  for (let at = 0; at < 10_000; at += 1) expect((await ring.ownerOf(key.text))?.id).toBe('ada');
  expect(asked).toBe(1);
});
