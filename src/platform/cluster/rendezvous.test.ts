import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownerOf } from './rendezvous.js';

describe('rendezvous ownership', () => {
  const members = fc.uniqueArray(fc.uuid(), { minLength: 2, maxLength: 8 });

  it('does not depend on the order in which members are listed', () => {
    fc.assert(
      fc.property(fc.string(), members, (key, ids) => {
        expect(ownerOf(key, ids.toReversed())).toBe(ownerOf(key, ids));
      }),
    );
  });

  it('moves a key only when its own owner leaves', () => {
    fc.assert(
      fc.property(fc.string(), members, (key, ids) => {
        const owner = ownerOf(key, ids);
        const leaver = ids.find((id) => id !== owner)!;
        expect(
          ownerOf(
            key,
            ids.filter((id) => id !== leaver),
          ),
        ).toBe(owner);
      }),
    );
  });
});
