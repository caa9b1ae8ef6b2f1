import { inTurns } from './in-turns.js';

const charsPerStep = 262_144;

/** The bytes of a text. */
export const utf8InTurns = async (text: string): Promise<Buffer> => inTurns(encodeSteps(text));

function* encodeSteps(text: string): Generator<undefined, Buffer, undefined> {
  const parts: Buffer[] = [];
  for (const piece of piecesOf(text)) {
    parts.push(Buffer.from(piece));
    yield undefined;
  }
  return Buffer.concat(parts);
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
