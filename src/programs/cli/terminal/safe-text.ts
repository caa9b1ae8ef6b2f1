/**
 * Text from outside as a terminal may have it. Names of jobs, nodes, files and errors come from strangers: an escape sequence in
 * one must not move the cursor, change the title, or hide what follows. Pure.
 */
const lengthMax = 1_000;

/** Control and format characters, separators of lines, and half characters: what a terminal obeys, or no font shows. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** By its units, so that it stands for the same in JSON. */
const shown = (character: string): string =>
  Array.from(
    { length: character.length },
    (_unit, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');

/** One line, in which what is unsafe stands as `\uXXXX`. */
export function safe(value: unknown): string {
  const text = typeof value === 'string' ? value : value === null ? '' : (JSON.stringify(value) ?? '');
  const cut = text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
  return cut.replaceAll(unsafe, shown);
}

/** JSON that a terminal may have, and that says the same. */
export function safeJson(text: string): string {
  return text.replaceAll(unsafe, (character) => (character === '\n' ? character : shown(character)));
}
