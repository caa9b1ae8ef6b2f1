import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LinkedFile, readLink, signLink } from './link.js';

const keyNamed = (name: string): Buffer => createHash('sha256').update(name).digest();
const [key, previous, strange] = [keyNamed('now'), keyNamed('before'), keyNamed('of somebody else')];
const file: LinkedFile = {
  door: 'compat-5014',
  jobId: '01a7f0de-0000-7000-8000-000000000001',
  subfolder: 'wan2.2',
  filename: 'i2v_00001.mp4',
  type: 'output',
};
const terms = { expiresAtS: 1_800_000_000, keyId: 'abcdEF12' };

describe('a link', () => {
  it('tells its terms for its file, under the key that signs and the one before', () => {
    for (const each of [terms, { ...terms, keyId: null }]) {
      expect(readLink([key, previous], file, signLink(key, file, each))).toEqual(each);
      expect(readLink([key, previous], file, signLink(previous, file, each))).toEqual(each);
      expect(readLink([key, previous], file, signLink(strange, file, each))).toBeUndefined();
    }
  });

  it('opens no other file, of whatever kind', () => {
    const text = signLink(key, file, terms);
    const other = fc.record({
      door: fc.constantFrom('compat-5014', 'native'),
      jobId: fc.constantFrom(file.jobId, '01a7f0de-0000-7000-8000-000000000002'),
      subfolder: fc.oneof(fc.constantFrom('wan2.2', '', 'wan2.2/'), fc.string()),
      filename: fc.oneof(fc.constantFrom('i2v_00001.mp4', 'i2v_00002.mp4', '","i2v_00001.mp4'), fc.string()),
      type: fc.constantFrom('output', 'temp', 'text'),
    });
    fc.assert(
      fc.property(other, (one) => {
        const isSame = JSON.stringify(one) === JSON.stringify(file);
        return (readLink([key], one, text) !== undefined) === isSame;
      }),
      { numRuns: 10_000 },
    );
  });

  it('is nothing with any bit of it changed, cut short, lengthened, or with other terms put in', () => {
    const text = signLink(key, file, terms);
    const bytes = Buffer.from(text);
    const flipped = fc.nat(bytes.length * 8 - 1).map((bit) => {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      return changed.toString('latin1');
    });
    const cut = fc.nat(text.length - 1).map((length) => text.slice(0, length));
    const longer = fc.string({ minLength: 1 }).map((more) => text + more);
    const [, id = '', voucher = '', mac = ''] = text.split('.');
    const otherTerms = fc.oneof(
      fc.integer({ min: 1_000_000_000, max: 9_999_999_999 }).map((at) => `${at}.${id}.${voucher}.${mac}`),
      fc.constant(`${terms.expiresAtS}.${id}..${mac}`),
    );
    fc.assert(
      fc.property(fc.oneof(flipped, cut, longer, otherTerms), (one) =>
        one === text ? true : readLink([key], file, one) === undefined,
      ),
      { numRuns: 10_000 },
    );
  });
});
