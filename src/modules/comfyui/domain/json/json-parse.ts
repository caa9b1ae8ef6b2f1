/**
 * JSON as Python writes it, read in steps: numbers keep their own text, bare NaN, Infinity and -Infinity read as null, a repeated key
 * keeps its last value, `__proto__` is a key like any other. Nothing recurses, and no step is longer than its budget, whatever the text.
 */
import { LosslessNumber } from 'lossless-json';
import type { Steps } from '../steps.js';

export interface JsonLimits {
  /** Deepest nesting of arrays and objects; default 200. */
  maxDepth?: number;
  /** Most values and keys of the whole text together; default any number. */
  maxValues?: number;
  /** Most members of one object; default any number. */
  maxMembers?: number;
  /** `plain`: numbers become ordinary ones, and those above 2^53 lose digits. Default `lossless`. */
  numbers?: 'lossless' | 'plain';
}

/** The text is JSON, but more of it than is taken. */
export class JsonTooLarge extends SyntaxError {}

export const defaultMaxDepth = 200;
/** More digits than anybody keeps. */
const numberLengthMax = 100_000;
const charactersPerStep = 65_536;
const valuesPerStep = 512;

/** Throws SyntaxError. */
export function* parseSteps(text: string, limits: JsonLimits = {}): Steps<unknown> {
  const reader = new Reader(text, limits);
  while (!reader.step()) yield undefined;
  return reader.value;
}

interface Frame {
  /** Where values go: an array, or an object under the key that was read last. */
  into: unknown[] | Record<string, unknown>;
  key: string;
  members: number;
}

type Expects = 'value' | 'first value' | 'key' | 'first key' | 'more' | 'end' | 'rest of a string';

const constants: readonly [string, unknown][] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', null],
  ['Infinity', null],
  ['-Infinity', null],
];
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

class Reader {
  value: unknown;
  private at = 0;
  private readonly open: Frame[] = [];
  private expects: Expects = 'value';
  private values = 0;
  /** The string under way: where what is not taken yet begins, the parts that are, and what it is. */
  private from = 0;
  private parts: string[] = [];
  private isKey = false;
  /** Where it begins, while it holds no escape: then it is a slice of the text, which costs nothing however long it is. */
  private plainFrom: number | undefined;
  private hasEscape = false;

  constructor(
    private readonly text: string,
    private readonly limits: JsonLimits,
  ) {}

  /** True at the end of the text. */
  step(): boolean {
    const end = this.at + charactersPerStep;
    for (let count = 0; count < valuesPerStep && this.at < end; count += 1) {
      if (this.expects !== 'rest of a string' && !this.skipSpace(end)) return false;
      if (this.at >= this.text.length) return this.finish();
      this.token(end);
    }
    return false;
  }

  private finish(): true {
    if (this.expects !== 'end') throw this.fault();
    return true;
  }

  private token(end: number): void {
    const code = this.text.charCodeAt(this.at);
    switch (this.expects) {
      case 'rest of a string':
        return this.string(end);
      case 'end':
        throw this.fault();
      case 'more':
        return this.more(code);
      case 'key':
      case 'first key':
        return code === 0x7d && this.expects === 'first key' ? this.close() : this.key(code, end);
      case 'first value':
        if (code === 0x5d) return this.close();
        return this.begin(code, end);
      case 'value':
        return this.begin(code, end);
    }
  }

  private begin(code: number, end: number): void {
    this.count();
    if (code === 0x22) this.startString(false, end);
    else if (code === 0x7b) this.enter({}, 'first key');
    else if (code === 0x5b) this.enter([], 'first value');
    else this.scalar();
  }

  private scalar(): void {
    number.lastIndex = this.at;
    const digits = number.exec(this.text)?.[0];
    if (digits !== undefined) {
      if (digits.length > numberLengthMax)
        throw new SyntaxError(`JSON number of ${digits.length} characters`);
      this.at += digits.length;
      this.put(this.limits.numbers === 'plain' ? Number(digits) : new LosslessNumber(digits));
      return;
    }
    const constant = constants.find(([word]) => this.text.startsWith(word, this.at));
    if (constant === undefined) throw this.fault();
    this.at += constant[0].length;
    this.put(constant[1]);
  }

  private key(code: number, end: number): void {
    if (code !== 0x22) throw this.fault();
    this.count();
    this.startString(true, end);
  }

  private startString(isKey: boolean, end: number): void {
    this.at += 1;
    this.from = this.at;
    this.plainFrom = this.at;
    this.parts = [];
    this.isKey = isKey;
    this.hasEscape = false;
    this.string(end);
  }

  /** Goes on with the string up to its end or the end of the step. */
  private string(end: number): void {
    const { text } = this;
    const stop = Math.min(end, text.length);
    for (; this.at < stop; this.at += 1) {
      const code = text.charCodeAt(this.at);
      if (code === 0x22) return this.endString();
      if (code < 0x20) throw this.fault();
      if (code !== 0x5c) continue;
      this.hasEscape = true;
      this.at += text[this.at + 1] === 'u' ? 5 : 1;
    }
    if (this.at >= text.length) throw new SyntaxError('JSON ends inside a string');
    this.take();
    this.expects = 'rest of a string';
  }

  private endString(): void {
    const read = this.wholeString();
    this.at += 1;
    if (!this.isKey) return this.put(read);
    if (!this.skipSpace(this.text.length) || this.text[this.at] !== ':') throw this.fault();
    this.at += 1;
    this.open.at(-1)!.key = read;
    this.expects = 'value';
  }

  private wholeString(): string {
    this.take();
    if (this.plainFrom !== undefined) return this.text.slice(this.plainFrom, this.at);
    return this.parts.length > 1 ? this.parts.join('') : (this.parts[0] ?? '');
  }

  private take(): void {
    if (this.hasEscape) this.plainFrom = undefined;
    const raw = this.text.slice(this.from, this.at);
    this.parts.push(this.hasEscape ? (JSON.parse(`"${raw}"`) as string) : raw);
    this.from = this.at;
    this.hasEscape = false;
  }

  private enter(into: Frame['into'], expects: Expects): void {
    const { maxDepth = defaultMaxDepth } = this.limits;
    if (this.open.length >= maxDepth) throw new SyntaxError(`JSON nested deeper than ${maxDepth}`);
    this.at += 1;
    this.open.push({ into, key: '', members: 0 });
    this.expects = expects;
  }

  private close(): void {
    this.at += 1;
    this.put(this.open.pop()!.into);
  }

  private more(code: number): void {
    const isArray = Array.isArray(this.open.at(-1)!.into);
    if (code === (isArray ? 0x5d : 0x7d)) return this.close();
    if (code !== 0x2c) throw this.fault();
    this.at += 1;
    this.expects = isArray ? 'value' : 'key';
  }

  private put(value: unknown): void {
    const frame = this.open.at(-1);
    this.expects = frame ? 'more' : 'end';
    if (!frame) this.value = value;
    else if (Array.isArray(frame.into)) frame.into.push(value);
    else this.putMember(frame, frame.into, value);
  }

  private putMember(frame: Frame, into: Record<string, unknown>, value: unknown): void {
    const { maxMembers = Infinity } = this.limits;
    if (++frame.members > maxMembers) throw new JsonTooLarge(`an object of more than ${maxMembers} members`);
    if (frame.key === '__proto__')
      Object.defineProperty(into, frame.key, { value, writable: true, enumerable: true, configurable: true });
    else into[frame.key] = value;
  }

  private count(): void {
    const { maxValues = Infinity } = this.limits;
    if (++this.values > maxValues) throw new JsonTooLarge(`more than ${maxValues} values`);
  }

  /** False when the step is over before the space is. */
  private skipSpace(end: number): boolean {
    const { text } = this;
    for (; this.at < text.length; this.at += 1) {
      const code = text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return true;
      if (this.at >= end) return false;
    }
    return true;
  }

  private fault(): SyntaxError {
    return new SyntaxError(
      this.at >= this.text.length
        ? 'JSON ends too early'
        : `JSON has an unexpected character at position ${this.at}`,
    );
  }
}
