import { expect, it } from 'vitest';
import { BroughtFiles } from './brought-files.js';

/** Each file it brings is another one. */
function numbered(): () => Promise<string> {
  let no = 0;
  return async () => `file ${(no += 1)}`;
}

it('brings a file once, however many name it, and another one for another use', async () => {
  const brought = new BroughtFiles();
  const bring = numbered();
  const url = () => ({ url: 'https://pictures.example/a.png' });
  expect(await brought.once(url(), 'image', bring)).toBe('file 1');
  expect(await brought.once(url(), 'image', bring)).toBe('file 1');
  expect(await brought.once(url(), 'video', bring)).toBe('file 2');
  expect(await brought.once('a.png', 'image', bring)).toBe('file 3');
});

it('tells bytes in the request by their object', async () => {
  const brought = new BroughtFiles();
  const bring = numbered();
  const inline = { base64: 'AAAA' };
  expect(await brought.once(inline, 'image', bring)).toBe('file 1');
  expect(await brought.once(inline, 'image', bring)).toBe('file 1');
  expect(await brought.once({ base64: 'AAAA' }, 'image', bring)).toBe('file 2');
});

it('tells everybody who names it why a file could not be brought', async () => {
  const brought = new BroughtFiles();
  const bring = async (): Promise<string> => Promise.reject(new Error('too large'));
  await expect(brought.once('a', 'image', bring)).rejects.toThrow('too large');
  await expect(brought.once('a', 'image', bring)).rejects.toThrow('too large');
});
