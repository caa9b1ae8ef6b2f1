import { expect, test } from 'vitest';
import { placeOfTime, timeOf } from './times.js';

test.each([
  ['2026-11-29 10:00:00.5+00', '2026-11-29T10:00:00.500Z'],
  ['2026-11-29 12:00:00+02', '2026-11-29T10:00:00.000Z'],
  ['infinity', '9999-12-31T23:59:59.999Z'],
  ['20000-01-01 00:00:00+00', '9999-12-31T23:59:59.999Z'],
  ['-infinity', '0001-01-01T00:00:00.000Z'],
  ['0044-03-15 00:00:00+00 BC', '0001-01-01T00:00:00.000Z'],
])('the time %s is one that every format can write', (text, told) => {
  expect(timeOf(text).toISOString()).toBe(told);
});

test('a page behind the first of all times does not begin with it again', () => {
  expect(placeOfTime(timeOf('-infinity'))).toBe('-infinity');
  const ordinary = timeOf('2026-11-29 10:00:00+00');
  expect(placeOfTime(ordinary)).toBe(ordinary);
});
