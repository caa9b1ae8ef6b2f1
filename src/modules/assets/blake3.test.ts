import { blake3 } from 'hash-wasm';
import { expect, it } from 'vitest';
import { blake3Tap } from './blake3.js';

const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 251);

async function* piecesOf(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

async function hashed(bytes: Uint8Array, pieceBytes: number): Promise<[number, string]> {
  const tap = await blake3Tap();
  let passedBytes = 0;
  for await (const chunk of tap.through(piecesOf(bytes, pieceBytes))) passedBytes += chunk.length;
  return [passedBytes, tap.digest()];
}

/** Of the reference implementation's test vectors: input of n bytes 0, 1, …, 250, 0, 1, … */
it.each([
  [0, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
  [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
  [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
])('hashes %i bytes in pieces and passes them on', async (length, expected) => {
  expect(await hashed(bytesOf(length), 100)).toEqual([length, expected]);
});

it('hashes files of every size at the same time, each for itself', async () => {
  const sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000].flatMap((size) => [size, size, size]);
  const hashes = await Promise.all(
    sizes.map(async (size, at) => hashed(bytesOf(size), [1_000, 65_536, 300_000][at % 3]!)),
  );
  const expected = await Promise.all(sizes.map(async (size) => [size, await blake3(bytesOf(size))]));
  expect(hashes).toEqual(expected);
});
