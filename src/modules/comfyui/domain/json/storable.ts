/**
 * What a node says, made into what can be kept and passed on: PostgreSQL stores neither U+0000 nor half of a surrogate pair,
 * and no column takes Infinity. Linear in the text. Every answer and every frame goes through here before anybody reads it.
 */

/** No text without one of these holds anything unstorable. Looking is cheap, rewriting is not, and nearly every text ends here. */
const suspect = /[\0\ud800-\udfff]/;

/** Unstorable characters become U+FFFD. */
export function storableText(text: string): string {
  return suspect.test(text) ? text.replaceAll(/[\0\p{Cs}]/gu, '\ufffd') : text;
}

/**
 * The same for the text of a JSON value, where such characters stand as escapes: `\u0000`, or a `\ud83d` that no `\udc00` follows.
 * Whole pairs and all other bytes stay as they are.
 */
export function storableJsonText(text: string): string {
  if (!text.includes('\\u') || !/\\u(?:0000|d[89a-f])/i.test(text)) return storableText(text);
  return storableText(text.replaceAll(escapes, (found) => (unstorable.test(found) ? '\\ufffd' : found)));
}

// In this order: a whole pair, one code unit, any other escape, so that the backslash of `\\u0000` is not taken for the first of another.
const escapes = /\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\u[0-9a-f]{4}|\\[^u]/gi;
const unstorable = /^\\u(?:0000|d[89a-f][0-9a-f]{2})$/i;

/** Of two escapes that are one character. */
const escapeLengthMax = 12;
const firstOfPair = /^\\ud[89ab]/i;

/** How much of a text that goes on can be read by itself: no escape and no pair of them is cut. */
export function endOfWhole(text: string): number {
  if (!text.slice(-escapeLengthMax).includes('\\')) return text.length;
  let [start, end] = [0, 0];
  for (const { 0: found, index } of text.matchAll(escapes)) [start, end] = [index, index + found.length];
  const open = text.indexOf('\\', end);
  const goesOn = open >= 0 && text.length - open < escapeLengthMax;
  const mayBeHalf = end - start === 6 && firstOfPair.test(text.slice(start, end));
  if (mayBeHalf && (end === text.length || (goesOn && open === end))) return start;
  return goesOn ? open : text.length;
}

/** At most `lengthMax` code units, and no half of a pair at the end. */
export function clip(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : text.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, '');
}

/** The number within the bounds; `otherwise` for what is none. */
export function clamp(value: number | undefined, min: number, max: number, otherwise = min): number {
  return value === undefined || Number.isNaN(value) ? otherwise : Math.min(max, Math.max(min, value));
}

/** Members of an object until they come to `lengthMax` characters of JSON or so. What is longer is not looked at to its end. */
export function boundedMembers(members: Record<string, unknown>, lengthMax: number): Record<string, unknown> {
  let left = lengthMax;
  return Object.fromEntries(
    Object.entries(members).filter(([key, value]) => {
      if (left >= 0) left -= key.length + lengthUpTo(value, left);
      return left >= 0;
    }),
  );
}

/** Of the value as JSON, without escapes, or some number above `max`. */
function lengthUpTo(value: unknown, max: number): number {
  let length = 0;
  const left = [value];
  while (left.length > 0 && length <= max) {
    const item = left.pop();
    if (typeof item === 'string') length += item.length + 2;
    else if (typeof item !== 'object' || item === null) length += String(item).length;
    else {
      const inside = Object.values(item) as unknown[];
      length += 2 + inside.length;
      if (length > max) break;
      if (!Array.isArray(item)) for (const key of Object.keys(item)) length += key.length + 3;
      for (const each of inside) left.push(each);
    }
  }
  return length;
}
