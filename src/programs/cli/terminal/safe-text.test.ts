import fc from 'fast-check';
import { expect, it } from 'vitest';
import { safe, safeJson } from './safe-text.js';

const controls = /\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u;

it('shows what a terminal would obey', () => {
  expect(safe('a\u001b[2Jb\u0000c\u009b1m\u202ed\ud800')).toBe(
    'a\\u001b[2Jb\\u0000c\\u009b1m\\u202ed\\ud800',
  );
  expect(safe('line\r\nline\tπ 😀 日本')).toBe('line\\u000d\\u000aline\\u0009π 😀 日本');
  expect(safe(null)).toBe('');
  expect(safe('x'.repeat(10_000_000)).length).toBeLessThan(1_002);
});

it('lets no control character through, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(safe(text)).not.toMatch(controls);
      const json = safeJson(JSON.stringify({ text }, null, 2));
      expect(json.replaceAll('\n', '')).not.toMatch(controls);
      expect(JSON.parse(json)).toEqual({ text });
    }),
  );
});
