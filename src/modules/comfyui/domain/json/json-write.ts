/** Writes a parsed JSON value in steps, every number with its own digits. Nothing recurses, and no step is long, whatever the value. */
import { isLosslessNumber } from 'lossless-json';
import type { Steps } from '../steps.js';

const piecesPerStep = 512;
const charactersPerPiece = 65_536;

export interface JsonStyle {
  comma: string;
  colon: string;
  quoted: (text: string) => string;
}

/** A value that is JSON text already and goes out as it is. */
export class JsonText {
  constructor(readonly text: string) {}
}

const compact: JsonStyle = { comma: ',', colon: ':', quoted: (text) => JSON.stringify(text) };

/** The text, without spaces unless the style has some. Members that are undefined are left out. */
export function* stringifySteps(value: unknown, style = compact): Steps<string> {
  const writer = new Writer(value, style);
  while (!writer.step()) yield undefined;
  return writer.text();
}

interface Frame {
  /** What is left of an array or object, and its closing bracket. */
  items: unknown[];
  keys: string[] | undefined;
  at: number;
  isFirst: boolean;
}

class Writer {
  private readonly done: string[] = [];
  private pieces: string[] = [];
  private readonly open: Frame[] = [];
  /** A long string under way, and how far it is written. */
  private long: { value: string; at: number } | undefined;

  constructor(
    value: unknown,
    private readonly style: JsonStyle,
  ) {
    this.write(value);
  }

  /** True at the end of the value. */
  step(): boolean {
    while (this.pieces.length < piecesPerStep) {
      if (this.long !== undefined) return this.writeLong(this.long);
      const frame = this.open.at(-1);
      if (frame === undefined) return true;
      if (frame.at < frame.items.length) this.next(frame);
      else this.close(frame);
    }
    this.flush();
    return false;
  }

  text(): string {
    this.flush();
    return this.done.join('');
  }

  private flush(): void {
    this.done.push(this.pieces.join(''));
    this.pieces = [];
  }

  private next(frame: Frame): void {
    const { items, keys, at } = frame;
    frame.at += 1;
    const item = items[at];
    if (keys !== undefined && item === undefined) return;
    if (!frame.isFirst) this.pieces.push(this.style.comma);
    frame.isFirst = false;
    if (keys !== undefined) this.pieces.push(this.style.quoted(keys[at] ?? ''), this.style.colon);
    this.write(item);
  }

  private close({ keys }: Frame): void {
    this.pieces.push(keys === undefined ? ']' : '}');
    this.open.pop();
  }

  private write(value: unknown): void {
    if (typeof value === 'string' && value.length > charactersPerPiece) {
      this.pieces.push('"');
      this.long = { value, at: 0 };
    } else if (typeof value === 'string') this.pieces.push(this.style.quoted(value));
    else if (typeof value === 'bigint') this.pieces.push(String(value));
    else if (typeof value !== 'object' || value === null) this.pieces.push(JSON.stringify(value) ?? 'null');
    else this.writeObject(value);
  }

  private writeObject(value: object): void {
    if (isLosslessNumber(value)) this.pieces.push(value.value);
    else if (value instanceof JsonText) this.pieces.push(value.text);
    else if (Array.isArray(value)) this.enter('[', value, undefined);
    else if (value instanceof Map) this.enter('{', [...value.values()], [...value.keys()].map(String));
    else this.enter('{', Object.values(value), Object.keys(value));
  }

  private enter(bracket: string, items: unknown[], keys: string[] | undefined): void {
    this.pieces.push(bracket);
    this.open.push({ items, keys, at: 0, isFirst: true });
  }

  /** Always the end of a step. A pair of surrogates stays together. */
  private writeLong({ value, at }: { value: string; at: number }): false {
    let end = Math.min(at + charactersPerPiece, value.length);
    if (/[\ud800-\udbff]/.test(value[end - 1] ?? '')) end = Math.min(end + 1, value.length);
    this.pieces.push(this.style.quoted(value.slice(at, end)).slice(1, -1));
    this.long = end < value.length ? { value, at: end } : undefined;
    if (this.long === undefined) this.pieces.push('"');
    this.flush();
    return false;
  }
}
