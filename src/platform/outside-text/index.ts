/**
 * Text from outside as what it may be, or undefined: these never throw. A test finds code that reads URLs and percent signs in
 * any other way.
 */

/** `base` for a text that may be only a path. */
export function parseUrl(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}

/** The text behind percent signs; undefined where they do not stand for UTF-8. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** In time that grows with the text: a regular expression that looks for an end looks again from every place. */
export function withoutTrailing(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}
