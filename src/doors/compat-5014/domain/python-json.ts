/**
 * Reads JSON as Python's `json.loads` does, because clients see its error messages and positions.
 *
 * Guarantees: NaN and ±Infinity are numbers; integers keep every digit (bigint) and are told from floats (PyFloat);
 * of equal keys the last counts; nesting is bounded; work grows linearly with the text.
 */
import { PyFloat, type PyObject, type PyValue } from './python-value.js';

/** `position` counts characters (code points) from 0. */
export class PythonJsonError extends Error {
  override readonly name = 'PythonJsonError';

  constructor(
    override readonly message: string,
    readonly position: number,
  ) {
    super(message);
  }
}

/** Python gives up too, at its recursion limit or on endless digits, but not with a position. */
export class PythonJsonLimitError extends Error {
  override readonly name = 'PythonJsonLimitError';
}

const maxDepth = 500;
const maxIntegerDigits = 4_300;
const number = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
const whitespace = /[ \t\n\r]*/y;
const hexDigits = /[\da-fA-F]{4}/y;
const escapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const constants: readonly (readonly [string, PyValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', new PyFloat(Number.NaN)],
  ['Infinity', new PyFloat(Number.POSITIVE_INFINITY)],
  ['-Infinity', new PyFloat(Number.NEGATIVE_INFINITY)],
];

/** Throws PythonJsonError or PythonJsonLimitError. */
export function parsePythonJson(text: string): PyValue {
  return new Scanner(text).document();
}

class Scanner {
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  document(): PyValue {
    this.match(whitespace);
    const value = this.value();
    this.match(whitespace);
    if (this.at < this.text.length) this.fail('Extra data');
    return value;
  }

  private value(): PyValue {
    const first = this.text[this.at];
    if (first === '"') return this.string();
    if (first === '{') return this.nested(() => this.object());
    return first === '[' ? this.nested(() => this.array()) : this.scalar();
  }

  private nested<T>(read: () => T): T {
    this.depth += 1;
    if (this.depth > maxDepth) throw new PythonJsonLimitError('The JSON is nested too deeply.');
    const value = read();
    this.depth -= 1;
    return value;
  }

  private object(): PyObject {
    const object: PyObject = new Map();
    this.skip('{');
    if (this.skip('}')) return object;
    for (;;) {
      if (this.text[this.at] !== '"') this.fail('Expecting property name enclosed in double quotes');
      const key = this.string();
      this.match(whitespace);
      if (!this.skip(':')) this.fail("Expecting ':' delimiter");
      object.set(key, this.value());
      if (this.closes('}')) return object;
    }
  }

  private array(): PyValue[] {
    const array: PyValue[] = [];
    this.skip('[');
    if (this.skip(']')) return array;
    for (;;) {
      array.push(this.value());
      if (this.closes(']')) return array;
    }
  }

  /** After an element: its container's end, or a comma. */
  private closes(bracket: string): boolean {
    this.match(whitespace);
    if (this.skip(bracket)) return true;
    if (!this.skip(',')) this.fail("Expecting ',' delimiter");
    return false;
  }

  private string(): string {
    const begin = this.at;
    this.at += 1;
    const pieces: string[] = [];
    for (;;) {
      pieces.push(this.plainText());
      const character = this.text[this.at];
      if (character === undefined) this.fail('Unterminated string starting at', begin);
      if (character !== '"' && character !== '\\') this.fail('Invalid control character at');
      this.at += 1;
      if (character === '"') return pieces.join('');
      pieces.push(this.escape(begin));
    }
  }

  private plainText(): string {
    const begin = this.at;
    while (this.at < this.text.length && isPlain(this.text.charCodeAt(this.at))) this.at += 1;
    return this.text.slice(begin, this.at);
  }

  private escape(begin: number): string {
    const letter = this.text[this.at];
    if (letter === undefined) this.fail('Unterminated string starting at', begin);
    if (letter === 'u') return this.codeUnit();
    const character = escapes[letter];
    if (character === undefined) this.fail('Invalid \\escape', this.at - 1);
    this.at += 1;
    return character;
  }

  private codeUnit(): string {
    const begin = this.at;
    this.at += 1;
    const digits = this.match(hexDigits);
    // Python wants one more character after the digits, whatever it is.
    if (digits === '' || this.at >= this.text.length) this.fail('Invalid \\uXXXX escape', begin);
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private scalar(): PyValue {
    for (const [word, value] of constants)
      if (this.text.startsWith(word, this.at)) return this.take(word.length, value);
    number.lastIndex = this.at;
    const match = number.exec(this.text);
    if (match === null) return this.fail('Expecting value');
    const [digits, fraction, exponent] = match;
    if (fraction !== undefined || exponent !== undefined)
      return this.take(digits.length, new PyFloat(Number(digits)));
    if (digits.length > maxIntegerDigits)
      throw new PythonJsonLimitError('The JSON holds an integer with too many digits.');
    return this.take(digits.length, BigInt(digits));
  }

  private take<T>(length: number, value: T): T {
    this.at += length;
    return value;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  /** Steps over `character` and the whitespace after it, if it is here. */
  private skip(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    // A container's end is left where Python leaves it; what follows skips its own whitespace.
    if (character !== '}' && character !== ']') this.match(whitespace);
    return true;
  }

  private fail(message: string, at = this.at): never {
    throw new PythonJsonError(message, codePointsBefore(this.text, at));
  }
}

function isPlain(code: number): boolean {
  return code >= 0x20 && code !== 0x22 && code !== 0x5c;
}

/** Counted one by one: an array of the characters would be many times the text. */
function codePointsBefore(text: string, end: number): number {
  let count = 0;
  for (let at = 0; at < end; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) count += 1;
  return count;
}
