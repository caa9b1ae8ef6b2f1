/**
 * JSON in ComfyUI's byte style: `", "` and `": "`, all but ASCII escaped. Numbers that were parsed without loss are
 * written with their own digits, so that a seed of 64 bits and the float 5.0 stay what they are.
 */
import { isLosslessNumber } from './json.js';

/** A value that is JSON text already and goes out as it is. */
export class JsonText {
  constructor(readonly text: string) {}
}

/** Members that are undefined are left out, as in JSON.stringify. */
export function writeJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (value instanceof JsonText) return value.text;
  if (isLosslessNumber(value)) return value.value;
  if (typeof value === 'string') return ascii(JSON.stringify(value));
  if (typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(writeJson).join(', ')}]`;
  const members = value instanceof Map ? [...value] : Object.entries(value);
  const written = members
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${ascii(JSON.stringify(String(key)))}: ${writeJson(member)}`);
  return `{${written.join(', ')}}`;
}

/** A float as Python writes it: 5 becomes `5.0`. */
export const floatText = (value: number): JsonText =>
  new JsonText(Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value));

const ascii = (quoted: string): string =>
  quoted.replaceAll(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const quote = 0x22;
const backslash = 0x5c;

/** JSON text without spaces, such as we store it, in ComfyUI's style. Linear in the text. */
export const respaced = (compact: string): JsonText => new JsonText(new Respacer().next(compact));

/** The same for a text that comes in slices, cut anywhere. */
export class Respacer {
  private inString = false;
  private isEscaped = false;

  next(slice: string): string {
    const pieces: string[] = [];
    let copiedUpTo = 0;
    for (let at = 0; at < slice.length; at++) {
      const code = slice.charCodeAt(at);
      if (this.inString) this.readInString(code);
      else if (code === quote) this.inString = true;
      else if (code === 0x2c || code === 0x3a) {
        pieces.push(slice.slice(copiedUpTo, at + 1), ' ');
        copiedUpTo = at + 1;
      }
    }
    pieces.push(slice.slice(copiedUpTo));
    return ascii(pieces.join(''));
  }

  private readInString(code: number): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (code === backslash) this.isEscaped = true;
    else if (code === quote) this.inString = false;
  }
}
