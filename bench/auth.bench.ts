/** What a key that is known costs a request: reading it, its check, its hash, and whether its role may. At most 0.05 ms of CPU. */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { keyOf, KeyRing, may, noScopes, randomBytesOfKey } from '../src/modules/access/index.js';

const requests = 50_000;

it('authentication', async () => {
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
  };
  const parts = [{ find: async () => record }, {}, pino({ level: 'silent' })];
  const ring = Reflect.construct(KeyRing, parts) as KeyRing;
  const ask = async (): Promise<boolean> => {
    const principal = await ring.ownerOf(key.text);
    return principal !== null && may(principal, 'submit', { kind: 'job' }).ok;
  };
  for (let at = 0; at < 5_000; at += 1) await ask();
  const before = process.cpuUsage();
  for (let at = 0; at < requests; at += 1) if (!(await ask())) throw new Error('refused');
  const { user, system } = process.cpuUsage(before);
  const eachMs = (user + system) / 1000 / requests;
  console.log(`a request with a key: ${eachMs.toFixed(4)} ms of CPU`);
  expect(eachMs).toBeLessThan(0.05);
});
