import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wayBack } from './way-back.js';

it('leads back to where one was', () => {
  for (const path of ['/', '/console/jobs/01a2?state=active', '/view?filename=a.png&subfolder=%2F'])
    expect(wayBack(path, '/home')).toBe(path);
});

it('leads to nobody else, and not round in a circle', () => {
  for (const path of [
    undefined,
    '',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/a\r\nx: y',
    'javascript:alert(1)',
    '/login',
    '/login/out',
    `/${'a'.repeat(2_000)}`,
  ])
    expect(wayBack(path, '/home')).toBe('/home');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl(),
        fc.string(),
        fc.string().map((text) => `/${text}`),
      ),
      (text) => {
        const url = new URL(wayBack(text, '/home'), 'http://ours.example/login');
        return url.origin === 'http://ours.example';
      },
    ),
    { numRuns: 5_000 },
  );
});
