import { floatText } from './json-write.js';
import { PyFloat, isDict, type Value } from './values.js';

/** Python's `repr(value)`, as it appears inside validation messages. */
export function repr(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof PyFloat)
    return floatText(value.value).replace('NaN', 'nan').replace('Infinity', 'inf');
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`;
  return `{${[...value].map(([key, item]) => `${quoted(key)}: ${repr(item)}`).join(', ')}}`;
}

/** Python's `str(value)`: a string as it is, everything else as `repr`. */
export const str = (value: Value): string => (typeof value === 'string' ? value : repr(value));

const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll(/[\\\n\r\t]/g, (char) => escapes[char] ?? char);
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** The name of a value's Python type, as `TypeError` messages tell it. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'str';
  if (value instanceof PyFloat) return 'float';
  if (Array.isArray(value)) return 'list';
  return isDict(value) ? 'dict' : 'int';
}

/** Python's truth of a value. */
export function truthy(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  if (isDict(value)) return value.size > 0;
  if (value instanceof PyFloat) return value.value !== 0;
  return value !== 0;
}

/** Python's `==` between JSON values: `1 == 1.0 == True`. */
export function equals(a: Value, b: Value): boolean {
  if (a === b) return true;
  const left = numeric(a);
  const right = numeric(b);
  if (left !== undefined && right !== undefined) return left == right;
  return typeof a === 'object' && typeof b === 'object' && a !== null && b !== null && repr(a) === repr(b);
}

/** The value as something `<`, `>` and `==` compare exactly, ints of any size included; undefined when not a number. */
export function numeric(value: Value): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value instanceof PyFloat ? value.value : undefined;
}
