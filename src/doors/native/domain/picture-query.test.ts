import { expect, it } from 'vitest';
import { readPictureWish } from './picture-query.js';

it.each([
  [{}, undefined],
  [{ channel: 'rgba' }, undefined],
  [{ channel: 'rgb' }, { kind: 'rgb' }],
  [{ channel: 'a' }, { kind: 'alpha' }],
  [{ preview: 'webp;75' }, { kind: 'preview', format: 'webp', quality: 75, opaque: false }],
  [{ preview: 'jpeg;60' }, { kind: 'preview', format: 'jpeg', quality: 60, opaque: true }],
  [{ preview: 'jpeg' }, { kind: 'preview', format: 'jpeg', quality: 90, opaque: true }],
  [
    { preview: 'jpeg;50', channel: 'a' },
    { kind: 'preview', format: 'webp', quality: 50, opaque: false },
  ],
  [
    { preview: 'webp;50', channel: 'rgb' },
    { kind: 'preview', format: 'webp', quality: 50, opaque: true },
  ],
  [{ preview: 'tiff;0' }, { kind: 'preview', format: 'webp', quality: 1, opaque: false }],
  [{ preview: '' }, { kind: 'preview', format: 'webp', quality: 90, opaque: false }],
  [{ preview: ['webp', 'jpeg'] }, undefined],
])('reads %j', (query, wish) => {
  expect(readPictureWish(query)).toEqual(wish);
});
