import { describe, expect, it } from 'vitest';
import { foundOf, idRange } from './job-search.js';

const at = (no: number, isFound = true) => ({ id: `id-${no}`, createdAt: new Date(no), isFound });
const nos = (places: readonly { createdAt: Date }[]) => places.map(({ createdAt }) => createdAt.getTime());

describe('the ids that begin with a text', () => {
  it('lie between its least and its greatest', () => {
    expect(idRange('0190ABCD-1')).toEqual([`0190abcd1${'0'.repeat(23)}`, `0190abcd1${'f'.repeat(23)}`]);
    const whole = '01a0b8a4-9c1e-7d3a-8f10-0123456789ab';
    expect(idRange(` ${whole} `)).toEqual(Array(2).fill(whole.replaceAll('-', '')));
  });

  it.each(['0190abc', 'out of memory', 'facade', '0190abcdx', 'f'.repeat(33), '', '--------'])(
    'are none for %j',
    (text) => expect(idRange(text)).toBeUndefined(),
  );
});

describe('what was found in both halves of the record', () => {
  it('is told up to the place where both were looked at, and no further', () => {
    // One half was looked at down to 5, the other down to 2.
    const found = foundOf([at(9), at(6), at(5, false), at(8), at(4), at(2, false)], 10);
    expect(nos(found.places)).toEqual([9, 8, 6]);
    expect(nos([found.next!])).toEqual([5]);
  });

  it('ends where neither has older jobs', () => {
    expect(foundOf([at(3), at(4)], 10)).toMatchObject({
      places: [{ id: 'id-4' }, { id: 'id-3' }],
      next: null,
    });
    expect(foundOf([], 10)).toEqual({ places: [], next: null });
  });

  it('goes on after a full page, and tells a job that moves to the archive once', () => {
    const found = foundOf([at(9), at(9), at(8), at(7), at(1, false)], 2);
    expect(nos(found.places)).toEqual([9, 8]);
    expect(found.next).toMatchObject({ id: 'id-8' });
  });
});
