import { expect, it } from 'vitest';
import { fileSizesIn } from './file-sizes.js';

it('sizes come by name with forward slashes; what has none is left out', () => {
  const listing = [
    { name: 'a.safetensors', pathIndex: 0, modified: 1.5, created: 1.5, size: 12_345_678_901 },
    { name: 'wan\\b.safetensors', size: 7 },
    { name: 'empty.safetensors', size: 0 },
    { name: 'odd.safetensors', size: 'large' },
    { size: 5 },
    'c.safetensors',
    null,
  ];
  expect(Object.fromEntries(fileSizesIn(listing))).toEqual({
    'a.safetensors': 12_345_678_901,
    'wan/b.safetensors': 7,
  });
});
