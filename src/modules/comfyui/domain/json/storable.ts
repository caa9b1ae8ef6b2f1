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

/** At most `lengthMax` code units, and no half of a pair at the end. */
export function clip(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : text.slice(0, lengthMax).replace(/[\ud800-\udbff]$/, '');
}

/** The number within the bounds; `otherwise` for what is none. */
export function clamp(value: number | undefined, min: number, max: number, otherwise = min): number {
  return value === undefined || Number.isNaN(value) ? otherwise : Math.min(max, Math.max(min, value));
}

/** Members of an object until they come to `lengthMax` characters of JSON. */
export function boundedMembers(members: Record<string, unknown>, lengthMax: number): Record<string, unknown> {
  let length = 0;
  return Object.fromEntries(
    Object.entries(members).filter(([key, value]) => {
      length += key.length + JSON.stringify(value).length;
      return length <= lengthMax;
    }),
  );
}
