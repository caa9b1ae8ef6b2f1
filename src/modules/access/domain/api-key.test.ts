import { createHash, getRandomValues } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSameHash, keyOf, looksLikeKey, randomBytesOfKey, readKey } from './api-key.js';

const aKey = () => keyOf(Buffer.from(getRandomValues(new Uint8Array(randomBytesOfKey))));

describe('a key', () => {
  it('is read back to its public part and the hash that is kept', () => {
    for (let made = 0; made < 200; made += 1) {
      const { id, text, hash } = aKey();
      expect(text).toMatch(/^cmx_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}_[0-9a-f]{6}$/);
      expect(readKey(text)).toEqual({ id, hash });
    }
  });

  it('can be made by a shell: its check is how the hash of both parts begins', () => {
    const [, id = '', secret = '', check] = aKey().text.split('_');
    expect(createHash('sha256').update(`${id}_${secret}`).digest('hex').slice(0, 6)).toBe(check);
  });

  it('is not what it was after a change of any letter, a cut, or an addition: no wrong yes in 10,000 tries', () => {
    for (let tried = 0; tried < 10_000; tried += 1) {
      const { text, id, hash } = aKey();
      const at = 4 + (tried % (text.length - 4));
      const flipped = String.fromCharCode(text.charCodeAt(at) ^ (1 << (tried % 7)));
      const wrong = [
        text.slice(0, at) + flipped + text.slice(at + 1),
        text.slice(0, at),
        `${text}0`,
        ` ${text}`,
      ];
      for (const other of wrong) {
        const read = readKey(other);
        expect(read !== undefined && read.id === id && isSameHash(read.hash, hash), other).toBe(false);
      }
    }
  });

  it('is told from the credentials of others', () => {
    expect(['', 'Bearer', 'eyJhbGciOi', 'comfyui-abc', 'CMX_x'].map(looksLikeKey)).toEqual(
      Array(5).fill(false),
    );
    expect(looksLikeKey('cmx_')).toBe(true);
  });
});
