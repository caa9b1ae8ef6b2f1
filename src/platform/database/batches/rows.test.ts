import { expect, it } from 'vitest';
import { bytesText, rowsOf } from './rows.js';

const shape = rowsOf({ name: 'text', said: 'jsonb' });

it('names and types its columns, and counts its rows', () => {
  expect(shape.table).toBe('json_to_recordset($1::json) AS w (ord int, name text, said jsonb)');
  expect(JSON.parse(shape.parameter([{ name: 'a', said: [1] }]))).toEqual([{ ord: 0, name: 'a', said: [1] }]);
});

it('replaces what no text column keeps, in keys too, and leaves texts that only speak of it', () => {
  const said = { 'k\0': ['x\ud800', 'a\\u0000b', 'c:\\ud800'] };
  expect(JSON.parse(shape.mended([{ name: 'n\0', said }]))).toEqual([
    { ord: 0, name: 'n\ufffd', said: { 'k\ufffd': ['x\ufffd', 'a\\u0000b', 'c:\\ud800'] } },
  ]);
  expect(shape.parameter([{ name: 'n\0\ud800', said: null }])).toContain('n\\u0000\ufffd');
});

it('writes bytes as PostgreSQL reads them', () => {
  expect([bytesText(Buffer.from([0, 255])), bytesText(null)]).toEqual(['\\x00ff', null]);
});
