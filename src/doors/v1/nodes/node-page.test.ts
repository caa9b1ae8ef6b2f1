import { expect, test } from 'vitest';
import { pageOf } from './node-page.js';

const all = ['gpu-3', 'gpu-1', 'gpu-2'].map((id) => ({ id }));

test('pages of the registry join to the whole, by name', () => {
  const first = pageOf(all, { limit: 2 });
  expect(first).toEqual({ records: [{ id: 'gpu-1' }, { id: 'gpu-2' }], nextCursor: 'gpu-2' });
  expect(pageOf(all, { limit: 2, cursor: 'gpu-2' })).toEqual({
    records: [{ id: 'gpu-3' }],
    nextCursor: null,
  });
});

test('without a limit all come, and a node that went leaves no gap', () => {
  expect(pageOf(all, {})).toMatchObject({ nextCursor: null, records: { length: 3 } });
  expect(pageOf(all, { cursor: 'gpu-11' }).records.map(({ id }) => id)).toEqual(['gpu-2', 'gpu-3']);
  expect(pageOf([], { limit: 5 })).toEqual({ records: [], nextCursor: null });
});
