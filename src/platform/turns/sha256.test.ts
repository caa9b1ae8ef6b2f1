import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { sha256InTurns } from './sha256.js';

test('the parts hash as the whole would', async () => {
  const whole = Buffer.alloc(3_000_000, 'x');
  const told = createHash('sha256').update('run é ').update(whole).digest('hex');
  expect(await sha256InTurns('run é ', whole)).toBe(told);
  expect(await sha256InTurns()).toBe(createHash('sha256').digest('hex'));
});
