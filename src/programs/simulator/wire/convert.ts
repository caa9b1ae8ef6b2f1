import { repr, str, truthy, typeName } from './repr.js';
import { PyFloat, type Value } from './values.js';

/** What Python raises; `type` is the exception's full class name as the server reports it. */
export class PyError extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

const plainInt = /^\s*[+-]?\d+(?:_\d+)*\s*$/;
const plainFloat = /^\s*[+-]?(?:\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf|infinity|nan)\s*$/i;

const sized = (value: bigint): Value => {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
};

/** Python's `int(value)`. */
export function toInt(value: Value): Value {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof PyFloat) return floatToInt(value.value);
  if (typeof value !== 'string') {
    throw new PyError(
      'TypeError',
      `int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`,
    );
  }
  if (!plainInt.test(value))
    throw new PyError('ValueError', `invalid literal for int() with base 10: ${repr(value).slice(0, 200)}`);
  return sized(BigInt(value.trim().replaceAll('_', '').replace('+', '')));
}

function floatToInt(value: number): Value {
  if (Number.isNaN(value)) throw new PyError('ValueError', 'cannot convert float NaN to integer');
  if (!Number.isFinite(value)) throw new PyError('OverflowError', 'cannot convert float infinity to integer');
  return sized(BigInt(Math.trunc(value)));
}

/** Python's `float(value)`. */
export function toFloat(value: Value): PyFloat {
  if (value instanceof PyFloat) return value;
  if (typeof value === 'number' || typeof value === 'bigint') return new PyFloat(Number(value));
  if (typeof value === 'boolean') return new PyFloat(value ? 1 : 0);
  if (typeof value !== 'string') {
    throw new PyError(
      'TypeError',
      `float() argument must be a string or a real number, not '${typeName(value)}'`,
    );
  }
  if (!plainFloat.test(value))
    throw new PyError('ValueError', `could not convert string to float: ${repr(value)}`);
  const text = value.trim().toLowerCase();
  if (text.includes('nan')) return new PyFloat(Number.NaN);
  if (text.includes('inf')) return new PyFloat(text.startsWith('-') ? -Infinity : Infinity);
  return new PyFloat(Number(text));
}

/** The value as the server stores it for an input of this type; other types are left alone. */
export function coerce(type: Value, value: Value): Value {
  if (type === 'INT') return toInt(value);
  if (type === 'FLOAT') return toFloat(value);
  if (type === 'STRING') return str(value);
  return type === 'BOOLEAN' ? truthy(value) : value;
}
