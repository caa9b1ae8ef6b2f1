/** JSON values as ComfyUI's messages show them and as its conversions see them: Python's `repr`, `int()`, `float()`. */
import { isJsonObject, isLosslessNumber } from '../json/json.js';
import { clip } from '../json/storable.js';

/** What a message shows of one value: longer texts are cut, and of more values only these are told. */
const shownLengthMax = 10_000;
const shownValuesMax = 1_000;

/** What is longer than a message bears is cut. */
export const repr = (value: unknown): string => reprOf(value, { values: shownValuesMax });

function reprOf(value: unknown, left: { values: number }): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return quoted(clip(value, shownLengthMax));
  if (isLosslessNumber(value)) return value.value;
  if (typeof value === 'number') return String(value);
  left.values -= 1;
  if (left.values <= 0) return '...';
  if (Array.isArray(value)) return `[${shownOf(value, left, (item) => reprOf(item, left))}]`;
  if (!isJsonObject(value)) return 'None';
  const member = (key: string): string => `${quoted(clip(key, shownLengthMax))}: ${reprOf(value[key], left)}`;
  return `{${shownOf(Object.keys(value), left, member)}}`;
}

function shownOf<Item>(
  items: readonly Item[],
  left: { values: number },
  write: (item: Item) => string,
): string {
  const shown: string[] = [];
  for (const item of items) {
    if (left.values <= 0) break;
    left.values -= 1;
    shown.push(write(item));
  }
  if (shown.length < items.length) shown.push('...');
  return shown.join(', ');
}

/** A string as it is, everything else as `repr`; cut as that is. */
export const str = (value: unknown): string =>
  typeof value === 'string' ? clip(value, shownLengthMax) : repr(value);

/** The value as it came, if a message bears it; else what it looks like. */
export function received(value: unknown): unknown {
  const open = [value];
  let length = 0;
  for (let count = 0; open.length > 0; count += 1) {
    const item = open.pop();
    length += typeof item === 'string' ? item.length : 1;
    if (count > shownValuesMax || length > shownLengthMax) return str(value);
    if (typeof item === 'object' && item !== null && !isLosslessNumber(item))
      for (const key of Object.keys(item).slice(0, shownValuesMax + 1))
        open.push(key, (item as Record<string, unknown>)[key]);
  }
  return value;
}

const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quoted(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll(/[\\\n\r\t]/g, (char) => escapes[char] ?? char);
  return mark + (mark === "'" ? escaped.replaceAll("'", String.raw`\'`) : escaped) + mark;
}

const intText = /^\s*[+-]?\d+(?:_\d+)*\s*$/;
const floatPattern = /^\s*[+-]?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|infinity|nan)\s*$/i;
const longestNumber = 1_000;
/** Of a text that is no integer Python shows no more. */
const intTextShown = 200;

/** Why the value does not convert to the type, in Python's words; undefined when it does. */
export function conversionFault(type: unknown, value: unknown): string | undefined {
  if (type !== 'INT' && type !== 'FLOAT') return undefined;
  if (typeof value === 'boolean' || typeof value === 'number' || isLosslessNumber(value)) return undefined;
  if (typeof value !== 'string') {
    const wanted =
      type === 'INT' ? 'a string, a bytes-like object or a real number' : 'a string or a real number';
    return `${type.toLowerCase()}() argument must be ${wanted}, not '${typeName(value)}'`;
  }
  const fits = value.length <= longestNumber && (type === 'INT' ? intText : floatPattern).test(value);
  if (fits) return undefined;
  return type === 'INT'
    ? `invalid literal for int() with base 10: ${repr(value).slice(0, intTextShown)}`
    : `could not convert string to float: ${repr(value)}`;
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType';
  return Array.isArray(value) ? 'list' : 'dict';
}

/** A number that compares exactly, integers of any size included; undefined for what is none. */
export function numeric(value: unknown): number | bigint | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number') return value;
  const text = isLosslessNumber(value) ? value.value : typeof value === 'string' ? value.trim() : undefined;
  if (text === undefined || text === '' || text.length > longestNumber) return undefined;
  if (/^[+-]?\d+$/.test(text)) return BigInt(text.replace('+', ''));
  const number = Number(text);
  return Number.isNaN(number) ? undefined : number;
}

/** Python's `==` between a choice and a value: `1 == 1.0`, but never `1 == "1"`. */
export function equals(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left === 'string' || typeof right === 'string') return false;
  const [a, b] = [numeric(left), numeric(right)];
  // Loose on purpose: a bigint and a number of equal value are equal.
  // oxlint-disable-next-line eqeqeq
  return a !== undefined && b !== undefined && a == b;
}
