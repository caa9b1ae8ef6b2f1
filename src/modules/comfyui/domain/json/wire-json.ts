/**
 * JSON in ComfyUI's byte style: `", "` and `": "`, all but ASCII escaped. Numbers that were parsed without loss are
 * written with their own digits, so that a seed of 64 bits and the float 5.0 stay what they are.
 */
import { atOnce, type Steps } from '../steps.js';
import { type JsonStyle, JsonText, stringifySteps } from './json-write.js';

export { JsonText };

/** Members that are undefined are left out, as in JSON.stringify. */
export const writeJson = (value: unknown): string => atOnce(writeJsonSteps(value));

/** As `writeJson`, with pauses. */
export const writeJsonSteps = (value: unknown): Steps<string> => stringifySteps(value, wire);

/** A float as Python writes it: 5 becomes `5.0`. */
export const floatText = (value: number): JsonText =>
  new JsonText(Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value));

const ascii = (quoted: string): string =>
  quoted.replaceAll(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const wire: JsonStyle = { comma: ', ', colon: ': ', quoted: (text) => ascii(JSON.stringify(text)) };

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
