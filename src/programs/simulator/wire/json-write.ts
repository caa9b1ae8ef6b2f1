import { PyFloat, type Writable } from './values.js';

/** Writes JSON as Python's `json.dumps` does: `", "` and `": "`, `\uXXXX` for all but ASCII, floats as floats. */
export function writeJson(value: Writable | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? wholeNumber(value) : floatText(value);
  if (value instanceof PyFloat) return floatText(value.value);
  if (Array.isArray(value)) return `[${value.map((item: Writable) => writeJson(item)).join(', ')}]`;
  return writeObject(value instanceof Map ? value.entries() : Object.entries(value));
}

function writeObject(entries: Iterable<[string, Writable | undefined]>): string {
  const pairs: string[] = [];
  for (const [key, item] of entries)
    if (item !== undefined) pairs.push(`${writeString(key)}: ${writeJson(item)}`);
  return `{${pairs.join(', ')}}`;
}

const wholeNumber = (value: number): string =>
  Number.isSafeInteger(value) ? String(value + 0) : String(BigInt(value));

function writeString(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Python's `repr(float)`: the shortest digits, an exponent only below 1e-4 and from 1e16. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) return exponentText(value);
  const text = String(value);
  if (text.includes('e')) return trimmedFixed(value);
  return text.includes('.') ? text : `${text}.0`;
}

function exponentText(value: number): string {
  const [digits, exponent = '+0'] = value.toExponential().split('e');
  const sign = exponent.startsWith('-') ? '-' : '+';
  return `${digits}e${sign}${exponent.replace(/^[+-]/, '').padStart(2, '0')}`;
}

const trimmedFixed = (value: number): string => value.toFixed(20).replace(/0+$/, '').replace(/\.$/, '.0');
