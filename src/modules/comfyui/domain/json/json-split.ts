/**
 * Cuts the text of a JSON object into its members without parsing their values: each keeps its digits, its order and
 * its bytes. Linear in the text. Undefined when the text is no object; the values themselves are not checked.
 */
import { isPause, type Steps } from '../steps.js';

export function* splitSteps(text: string): Steps<Map<string, string> | undefined> {
  const start = skipSpace(text, 0);
  if (text[start] !== '{') return undefined;
  const members = new Map<string, string>();
  let at = skipSpace(text, start + 1);
  if (text[at] === '}') return members;
  for (;;) {
    if (text[at] !== '"') return undefined;
    const keyEnd = (yield* endOfString(text, at)) + 1;
    const colon = skipSpace(text, keyEnd);
    if (text[colon] !== ':') return undefined;
    const valueStart = skipSpace(text, colon + 1);
    const valueEnd = yield* endOfValue(text, valueStart);
    if (isPause(members.size)) yield undefined;
    const key = keyOf(text.slice(at, keyEnd));
    if (valueEnd === undefined || key === undefined) return undefined;
    members.set(key, text.slice(valueStart, valueEnd).trimEnd());
    if (text[valueEnd] === '}') return members;
    at = skipSpace(text, valueEnd + 1);
  }
}

/** Longer ones are nobody's. */
const keyLengthMax = 1_048_576;

function keyOf(quoted: string): string | undefined {
  if (quoted.length > keyLengthMax) return undefined;
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

const quote = 0x22;
const backslash = 0x5c;
const charactersPerStep = 262_144;

/** Where the comma or the closing brace behind the value is. */
function* endOfValue(text: string, start: number): Steps<number | undefined> {
  let depth = 0;
  let pauseAt = start + charactersPerStep;
  for (let at = start; at < text.length; at++) {
    if (at >= pauseAt) {
      pauseAt = at + charactersPerStep;
      yield undefined;
    }
    switch (text.charCodeAt(at)) {
      case quote:
        at = yield* endOfString(text, at);
        break;
      case 0x7b:
      case 0x5b:
        depth += 1;
        break;
      case 0x7d:
      case 0x5d:
        if (depth === 0) return at;
        depth -= 1;
        break;
      case 0x2c:
        if (depth === 0) return at;
    }
  }
  return undefined;
}

/** The index of the closing quote, or the text's length. */
function* endOfString(text: string, start: number): Steps<number> {
  let at = start + 1;
  for (;;) {
    const until = Math.min(text.length, at + charactersPerStep);
    while (at < until && text.charCodeAt(at) !== quote) at += text.charCodeAt(at) === backslash ? 2 : 1;
    if (at >= text.length) return text.length;
    if (text.charCodeAt(at) === quote) return at;
    yield undefined;
  }
}

/** No JSON writer puts more of it between two things; what does is not read. */
const spaceMax = 1_048_576;

function skipSpace(text: string, start: number): number {
  const until = Math.min(text.length, start + spaceMax);
  let at = start;
  while (at < until && text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}
