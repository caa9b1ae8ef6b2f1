import { expect, it } from 'vitest';
import { sweep } from './sweep.js';

it('makes a job for each combination, the last list fastest', () => {
  expect(sweep({ seed: [1, 2], prompt: ['a', 'b', 'c'] }, 'product', 10)).toEqual({
    ok: true,
    values: [1, 2].flatMap((seed) => ['a', 'b', 'c'].map((prompt) => ({ seed, prompt }))),
  });
});

it('makes a job for each place of the lists', () => {
  expect(sweep({ seed: [1, 2], prompt: ['a', 'b'] }, 'zip', 10)).toEqual({
    ok: true,
    values: [
      { seed: 1, prompt: 'a' },
      { seed: 2, prompt: 'b' },
    ],
  });
});

it.each([
  [{}, 'product', 'a list of values'],
  [{ a: [] }, 'product', 'one value or more'],
  [{ a: 7 }, 'zip', 'one value or more'],
  [{ a: { length: 2 } }, 'product', 'one value or more'],
  [{ a: [1], b: [1, 2] }, 'zip', 'one length'],
  [{ a: Array(30).fill(0), b: Array(30).fill(0) }, 'product', '900 jobs'],
  [{ a: Array(501).fill(0) }, 'zip', '501 jobs'],
  [Object.fromEntries(Array.from({ length: 101 }, (_, no) => [`i${no}`, [0]])), 'product', '101 lists'],
] as const)('refuses %j as a %s', (lists, mode, why) =>
  expect(sweep(lists, mode, 500)).toMatchObject({
    ok: false,
    message: expect.stringContaining(why) as unknown,
  }),
);

it('tells a product of 10^120 without making it', () => {
  const lists = Object.fromEntries(Array.from({ length: 40 }, (_, no) => [`i${no}`, Array(1000).fill(0)]));
  expect(sweep(lists, 'product', 500)).toEqual({
    ok: false,
    message: 'it makes 1e+120 jobs; 500 are taken at most',
  });
});

it('keeps names of prototypes as names, and changes nothing with them', () => {
  const swept = sweep(JSON.parse('{"__proto__": [{"polluted": 1}], "constructor": [2]}'), 'product', 10);
  expect(swept.ok && Object.entries(swept.values[0]!)).toEqual([
    ['__proto__', { polluted: 1 }],
    ['constructor', 2],
  ]);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
  expect(sweep(JSON.parse('{"__proto__": 5}'), 'product', 10)).toMatchObject({ name: '__proto__' });
});
