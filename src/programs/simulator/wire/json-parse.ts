import { PyFloat, type Dict, type Value } from './values.js';

/**
 * Reads JSON as Python's `json.loads` does: key order kept, integers of any size kept, `NaN` and `Infinity` accepted.
 * Own code, because every JavaScript parser that builds objects moves integer-like keys (node ids) to the front.
 * Throws `SyntaxError`.
 */
export function parseJson(text: string): Value {
  const parser = new Parser(text);
  const value = parser.value();
  parser.end();
  return value;
}

const numberPattern = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const literals: [string, () => Value][] = [
  ['true', () => true],
  ['false', () => false],
  ['null', () => null],
  ['NaN', () => new PyFloat(Number.NaN)],
  ['Infinity', () => new PyFloat(Infinity)],
  ['-Infinity', () => new PyFloat(-Infinity)],
];

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  value(): Value {
    this.space();
    const char = this.text[this.at];
    if (char === '{') return this.object();
    if (char === '[') return this.array();
    if (char === '"') return this.string();
    const literal = literals.find(([name]) => this.text.startsWith(name, this.at));
    if (literal === undefined) return this.number();
    this.at += literal[0].length;
    return literal[1]();
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) throw this.wrong();
  }

  private object(): Dict {
    const result: Dict = new Map();
    this.at += 1;
    if (this.taken('}')) return result;
    do {
      this.space();
      const key = this.string();
      if (!this.taken(':')) throw this.wrong();
      result.set(key, this.value());
    } while (this.taken(','));
    if (!this.taken('}')) throw this.wrong();
    return result;
  }

  private array(): Value[] {
    const result: Value[] = [];
    this.at += 1;
    if (this.taken(']')) return result;
    do result.push(this.value());
    while (this.taken(','));
    if (!this.taken(']')) throw this.wrong();
    return result;
  }

  private string(): string {
    if (this.text[this.at] !== '"') throw this.wrong();
    const start = this.at;
    let end = start;
    do {
      end = this.text.indexOf('"', end + 1);
      if (end === -1) throw this.wrong();
    } while (this.escaped(end));
    this.at = end + 1;
    const raw = this.text.slice(start + 1, end);
    return raw.includes('\\') ? (JSON.parse(this.text.slice(start, end + 1)) as string) : raw;
  }

  private escaped(at: number): boolean {
    let backslashes = 0;
    while (this.text[at - 1 - backslashes] === '\\') backslashes += 1;
    return backslashes % 2 === 1;
  }

  private number(): Value {
    const [text, fraction, exponent] = this.match(numberPattern);
    if (fraction !== undefined || exponent !== undefined) return new PyFloat(Number(text));
    const value = Number(text);
    return Number.isSafeInteger(value) ? value + 0 : BigInt(text);
  }

  private match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text);
    if (match === null || match[0] === '') throw this.wrong();
    this.at = pattern.lastIndex;
    return match;
  }

  private taken(char: string): boolean {
    this.space();
    if (this.text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at += 1;
    }
  }

  private wrong(): SyntaxError {
    return new SyntaxError(`unexpected text at ${this.at}`);
  }
}
