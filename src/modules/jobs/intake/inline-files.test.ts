import { expect, test } from 'vitest';
import { piecesOf, readBase64, readDataUri } from './inline-files.js';

const bytes = Buffer.from([0, 1, 2, 250, 251, 252, 253]);

test.each([
  ['as it is', bytes.toString('base64')],
  ['without its end', bytes.toString('base64').replaceAll('=', '')],
  ['of URLs', bytes.toString('base64url')],
  ['in lines', `\n${bytes.toString('base64').replace('+', '+\r\n')}\n`],
])('base64 %s is read', (_what, text) => {
  expect(readBase64(text)?.bytes).toEqual(bytes);
});

test.each([
  ['nothing', ''],
  ['spaces', ' \n'],
  ['a strange character', 'AA*A'],
  ['an end in the middle', 'AA==AAAA'],
  ['a surrogate', 'AAA\ud800'],
])('%s is no base64: half a file would be worse than none', (_what, text) => {
  expect(readBase64(text)).toBeUndefined();
});

test('a data: URI may write its base64 with percent signs', () => {
  const text = bytes.toString('base64');
  for (const written of [text, encodeURIComponent(text)])
    expect(readDataUri(`data:image/PNG;base64,${written}`)).toEqual({ bytes, mime: 'image/png' });
  expect(readDataUri('data:image/png;base64,%')).toBeUndefined();
});

test('a file is handed on in pieces that make the whole', () => {
  const file = Buffer.alloc(1_000_000, 7);
  const pieces = [...piecesOf(file)];
  expect(pieces.length).toBeGreaterThan(1);
  expect(Buffer.concat(pieces)).toEqual(file);
});
