/**
 * Text from outside as a terminal may have it. Names of jobs, nodes, files and errors come from strangers: an escape sequence in
 * one must not move the cursor, change the title, or hide what follows. Pure.
 */
const lengthMax = 1_000;

/** C0 and C1, what changes the direction of writing, what no font shows, and half characters. */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const shown = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

/** One line, in which what is unsafe stands as `\uXXXX`. */
export function safe(value: unknown): string {
  const text = typeof value === 'string' ? value : value === null || value === undefined ? '' : String(value);
  const cut = text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
  return cut.replaceAll(unsafe, shown);
}

/** JSON that a terminal may have, and that says the same. */
export function safeJson(text: string): string {
  return text.replaceAll(unsafe, (character) => (character === '\n' ? character : shown(character)));
}
