/**
 * Pydantic's lax conversions of one value, with its error types and messages. Each answers the value or what is wrong;
 * where it happened and what came in is added by the caller.
 */
import { PyFloat, type PyValue } from './python-value.js';

export interface Complaint {
  type: string;
  msg: string;
  ctx?: Record<string, unknown>;
}

export type Converted<T> = { value: T } | { complaint: Complaint };

export interface Bounds<T> {
  ge?: T;
  le?: T;
}

const maxIntegerDigits = 4_300;
const integerText = /^([-+]?)(\d+(?:_\d+)*)(?:\.0+)?$/;
const floatText = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;
const floatNames = /^([-+]?)(?:(nan)|inf(?:inity)?)$/i;
/** Floats beyond a signed 64-bit integer are not converted. */
const maxIntegralFloat = 2 ** 63;

const complaints = {
  string: { type: 'string_type', msg: 'Input should be a valid string' },
  stringTooShort: {
    type: 'string_too_short',
    msg: 'String should have at least 1 character',
    ctx: { min_length: 1 },
  },
  stringUnicode: {
    type: 'string_unicode',
    msg: 'Input should be a valid string, unable to parse raw data as a unicode string',
  },
  int: { type: 'int_type', msg: 'Input should be a valid integer' },
  intText: {
    type: 'int_parsing',
    msg: 'Input should be a valid integer, unable to parse string as an integer',
  },
  intSize: {
    type: 'int_parsing_size',
    msg: 'Unable to parse input string as an integer, exceeded maximum size',
  },
  intFraction: {
    type: 'int_from_float',
    msg: 'Input should be a valid integer, got a number with a fractional part',
  },
  finite: { type: 'finite_number', msg: 'Input should be a finite number' },
  float: { type: 'float_type', msg: 'Input should be a valid number' },
  floatText: {
    type: 'float_parsing',
    msg: 'Input should be a valid number, unable to parse string as a number',
  },
} as const satisfies Record<string, Complaint>;

export function toText(input: PyValue, { allowEmpty }: { allowEmpty: boolean }): Converted<string> {
  if (typeof input !== 'string') return { complaint: complaints.string };
  if (/\p{Surrogate}/u.test(input)) return { complaint: complaints.stringUnicode };
  return input === '' && !allowEmpty ? { complaint: complaints.stringTooShort } : { value: input };
}

export function toInteger(input: PyValue, bounds: Bounds<bigint> = {}): Converted<bigint> {
  const converted = convertInteger(input);
  return 'value' in converted ? within(converted.value, bounds, String, (bound) => bound) : converted;
}

export function toFloat(input: PyValue, bounds: Bounds<number> = {}): Converted<number> {
  const converted = convertFloat(input);
  return 'value' in converted
    ? within(converted.value, bounds, String, (bound) => new PyFloat(bound))
    : converted;
}

function convertInteger(input: PyValue): Converted<bigint> {
  if (typeof input === 'bigint') return { value: input };
  if (typeof input === 'boolean') return { value: input ? 1n : 0n };
  if (typeof input === 'string') return integerFromText(input);
  return input instanceof PyFloat ? integerFromFloat(input.value) : { complaint: complaints.int };
}

function integerFromText(input: string): Converted<bigint> {
  const [, sign, grouped] = integerText.exec(input.trim()) ?? [];
  if (grouped === undefined) return { complaint: complaints.intText };
  const digits = grouped.replaceAll('_', '').replace(/^0+(?=\d)/, '');
  if (digits.length > maxIntegerDigits) return { complaint: complaints.intSize };
  return { value: sign === '-' ? -BigInt(digits) : BigInt(digits) };
}

function integerFromFloat(input: number): Converted<bigint> {
  if (!Number.isFinite(input)) return { complaint: complaints.finite };
  if (!Number.isInteger(input)) return { complaint: complaints.intFraction };
  return Math.abs(input) >= maxIntegralFloat ? { complaint: complaints.intSize } : { value: BigInt(input) };
}

function convertFloat(input: PyValue): Converted<number> {
  if (input instanceof PyFloat) return { value: input.value };
  if (typeof input === 'bigint' || typeof input === 'boolean') return { value: Number(input) };
  return typeof input === 'string' ? floatFromText(input) : { complaint: complaints.float };
}

function floatFromText(input: string): Converted<number> {
  const text = withoutUnderscores(input) ?? input.trim();
  const [named, sign, nan] = floatNames.exec(text) ?? [];
  if (named !== undefined)
    return { value: nan === undefined ? (sign === '-' ? -Infinity : Infinity) : Number.NaN };
  return floatText.test(text) ? { value: Number(text) } : { complaint: complaints.floatText };
}

/** Single ones between other characters group digits, but only in a text without surrounding whitespace. */
function withoutUnderscores(text: string): string | undefined {
  const isGrouped = text.includes('_') && !/^_|_$|__/.test(text);
  return isGrouped ? text.replaceAll('_', '') : undefined;
}

/** NaN fits no bound, and the upper one is looked at first. */
function within<T extends bigint | number>(
  value: T,
  { ge, le }: Bounds<T>,
  show: (bound: T) => string,
  wrap: (bound: T) => unknown,
): Converted<T> {
  if (le !== undefined && !(value <= le)) {
    return {
      complaint: {
        type: 'less_than_equal',
        msg: `Input should be less than or equal to ${show(le)}`,
        ctx: { le: wrap(le) },
      },
    };
  }
  if (ge !== undefined && !(value >= ge)) {
    return {
      complaint: {
        type: 'greater_than_equal',
        msg: `Input should be greater than or equal to ${show(ge)}`,
        ctx: { ge: wrap(ge) },
      },
    };
  }
  return { value };
}
