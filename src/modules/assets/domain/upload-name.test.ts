import { expect, it } from 'vitest';
import { nameCharsMax, uploadName } from './upload-name.js';

it.each([
  ['cat.png', 'cat.png'],
  ['a/b (1).png', 'a/b (1).png'],
  ['a\0b\r\n\u0085.png', 'ab.png'],
  ['', ''],
  ['x'.repeat(300), 'x'.repeat(nameCharsMax)],
])('%j is kept as %j', (filename, kept) => {
  expect(uploadName(filename)).toBe(kept);
});

it('is cut between characters, never within one', () => {
  expect(uploadName(`${'x'.repeat(nameCharsMax - 1)}🐱.png`)).toBe('x'.repeat(nameCharsMax - 1));
});
