import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storableJsonText } from './domain/json/storable.js';
import { textInTurns } from './json-in-turns.js';

describe('the text of a node', () => {
  it('comes to the same wherever the bytes are cut', async () => {
    const odd = fc.constantFrom(
      String.raw`\ud83d\ude00`,
      String.raw`\ud83d`,
      String.raw`\ude00`,
      String.raw`\u0000`,
      String.raw`\\`,
      String.raw`\"`,
      '\u{1f600}',
      'é',
      'x',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(odd, { minLength: 1, maxLength: 12 }), fc.nat(40), async (parts, before) => {
        // A piece of the steps ends somewhere in what repeats.
        const text = `"${'a'.repeat(before)}${parts.join('').repeat(Math.ceil(140_000 / parts.length / 2))}"`;
        expect(await textInTurns([Buffer.from(text)])).toBe(storableJsonText(text));
      }),
      { numRuns: 40 },
    );
  });
});
