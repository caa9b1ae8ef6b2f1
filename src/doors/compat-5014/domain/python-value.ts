/** The values of Python's `json` module, as far as validation must tell them apart. */
import { LosslessNumber, stringify } from 'lossless-json';

/** 5.0 is not 5: the one is refused where the other fits, and each is shown as it came. */
export class PyFloat {
  constructor(readonly value: number) {}
}

/** Integers are bigint, objects are Maps (any key is only a key). */
export type PyValue = null | boolean | string | bigint | PyFloat | PyValue[] | PyObject;
export type PyObject = Map<string, PyValue>;

/** JSON text as Python writes it with `ensure_ascii=False` and no spaces. NaN and infinities, which JSON lacks, become null. */
export function pythonJson(value: unknown): string {
  return stringify(toLossless(value)) ?? 'null';
}

function toLossless(value: unknown): unknown {
  if (typeof value === 'bigint') return new LosslessNumber(value.toString());
  if (value instanceof PyFloat)
    return Number.isFinite(value.value) ? new LosslessNumber(floatText(value.value)) : null;
  if (Array.isArray(value)) return value.map(toLossless);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [key, toLossless(item)]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toLossless(item)]));
}

/** Python's `repr`: the same shortest digits as JavaScript's, but 5.0, 1e-07, and exponents from 1e16 on and below 1e-4. */
export function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e16 || magnitude < 1e-4)) {
    return value.toExponential().replace(/e([-+])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
