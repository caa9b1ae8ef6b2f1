import { expect, it } from 'vitest';
import { sha256InTurns } from './sha256.js';
import { utf8InTurns } from './utf8.js';
import { createHash } from 'node:crypto';

const texts = [
  '',
  'a',
  '日'.repeat(700_000),
  `a${'😀'.repeat(400_000)}`,
  '😀'.repeat(400_000),
  `${'x'.repeat(262_143)}\uD800y`,
];

it('has the bytes of its parts one after the other', async () => {
  expect((await utf8InTurns(...texts)).equals(Buffer.concat(texts.map((text) => Buffer.from(text))))).toBe(
    true,
  );
});

it.each(texts)('has the bytes that it has in one piece', async (text) => {
  const bytes = Buffer.from(text);
  expect((await utf8InTurns(text)).equals(bytes)).toBe(true);
  expect(await sha256InTurns(text)).toBe(createHash('sha256').update(bytes).digest('hex'));
});
