import { expect, it } from 'vitest';
import { fileNameOf, withEnding } from './file-name.js';

it.each([
  ['ComfyUI_00001_.png', 'job/3-ComfyUI_00001_.png'],
  ['../../etc/passwd', 'job/3-.._.._etc_passwd'],
  ['ein Bild\u0000 \ud800.png', 'job/3-ein_Bild___.png'],
  ['', 'job/3-'],
])('%j is brought as %s', (name, brought) => expect(fileNameOf('job', 3, name)).toBe(brought));

it('bounds the name and keeps its ending', () => {
  const name = fileNameOf('job', 0, `${'a'.repeat(10_000)}.png`);
  expect(name).toHaveLength('job/0-'.length + 150);
  expect(name).toMatch(/a\.png$/);
});

it('gives a converted picture the ending of its format', () => {
  expect(withEnding('a.b.png', 'webp')).toBe('a.b.webp');
  expect(withEnding('plain', 'jpeg')).toBe('plain.jpg');
});
