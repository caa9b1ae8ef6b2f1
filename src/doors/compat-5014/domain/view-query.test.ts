import { expect, it } from 'vitest';
import { readViewQuery } from './view-query.js';

it('takes any name that a result may have, and none that leads elsewhere', () => {
  expect(readViewQuery({ filename: 'a\r\nb\u0001.png', subfolder: 'c\nd' })).toMatchObject({
    filename: 'a\r\nb\u0001.png',
    subfolder: 'c\nd',
  });
  for (const filename of ['/a', '..', 'a/../b', 'a\0b', ''])
    expect(() => readViewQuery({ filename }), filename).toThrow('Bad filename');
  expect(() => readViewQuery({ filename: 'a', subfolder: '../b' })).toThrow('Forbidden');
});
