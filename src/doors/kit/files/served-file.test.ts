import { expect, test } from 'vitest';
import { servedFile } from './served-file.js';

const file = (filename: string, mime: string) => ({
  filename,
  mime,
  sha256: 'a',
  sizeBytes: 1,
  createdAt: new Date(0),
});

test.each([
  ['a.png', 'image/png'],
  ['a.mp4', 'video/mp4'],
  ['a.flac', 'audio/flac'],
  ['a.glb', 'model/gltf-binary'],
  ['a.txt', 'text/plain; charset=utf-8'],
  ['a.json', 'application/json'],
  ['no-extension', 'image/webp'],
])('%s of type %s is shown', (filename, mime) => {
  expect(servedFile(file(filename, mime))).toMatchObject({
    contentType: mime,
    disposition: `inline; filename="${filename}"`,
  });
});

test.each([
  ['evil.png', 'application/xml'],
  ['evil.png', 'application/xhtml+xml'],
  ['page', 'text/html'],
  ['page', 'TEXT/HTML; charset=utf-8'],
  ['q.xht', 'application/xhtml+xml'],
  ['a.svg', 'image/png'],
  ['a.png', 'image/svg+xml'],
  ['a.html', 'text/plain'],
  ['a.mjs', 'text/plain'],
  ['a.XSLT', 'application/octet-stream'],
  ['a.png', 'multipart/x-mixed-replace'],
  ['a.png', 'message/rfc822'],
  ['a.png', 'text/vtt'],
  ['a.png', ''],
  ['a.pdf', 'application/pdf'],
])('%s of type %j is saved, whichever of the two lies', (filename, mime) => {
  expect(servedFile(file(filename, mime))).toMatchObject({
    contentType: 'application/octet-stream',
    disposition: `attachment; filename="${filename}"`,
    cacheControl: 'no-store',
  });
});

test('ComfyUI says no word before the name; a name beyond ASCII comes in both forms', () => {
  expect(servedFile(file('café_1.png', 'image/png'), '').disposition).toBe(
    `filename="caf__1.png"; filename*=UTF-8''caf%C3%A9_1.png`,
  );
});
