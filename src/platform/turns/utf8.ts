import { inTurns } from './in-turns.js';

const charsPerStep = 262_144;

/** The bytes of a text that comes in parts, which are not joined before. */
export const utf8InTurns = async (...parts: readonly string[]): Promise<Buffer> =>
  inTurns(encodeSteps(parts));

function* encodeSteps(parts: readonly string[]): Generator<undefined, Buffer, undefined> {
  const encoded: Buffer[] = [];
  for (const part of parts)
    for (const piece of piecesOf(part)) {
      encoded.push(Buffer.from(piece));
      yield undefined;
    }
  return Buffer.concat(encoded);
}

/** The text in pieces that no pair of surrogates lies across. */
export function* piecesOf(text: string): Generator<string, void, undefined> {
  for (let at = 0; at < text.length;) {
    const end = at + charsPerStep;
    const isCut = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
    yield text.slice(at, isCut ? end + 1 : end);
    at = isCut ? end + 1 : end;
  }
}
