import { expect, it } from 'vitest';
import { blake3Tap } from './blake3.js';

/** Of the reference implementation's test vectors: input of n bytes 0, 1, …, 250, 0, 1, … */
it.each([
  [0, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
  [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
  [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
])('hashes %i bytes in pieces and passes them on', async (length, expected) => {
  const bytes = Uint8Array.from({ length }, (_, i) => i % 251);
  const tap = await blake3Tap();
  const passed: number[] = [];
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < length; at += 100) yield bytes.subarray(at, at + 100);
  }
  for await (const chunk of tap.through(pieces())) passed.push(...chunk);
  expect([passed.length, tap.digest()]).toEqual([length, expected]);
});
