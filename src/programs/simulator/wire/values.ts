/**
 * Python's values as JSON carries them. Guarantees what plain JavaScript values cannot: dictionaries keep the order
 * they were written in (also of keys like "76" and "8"), integers keep every digit, and `5.0` stays a float.
 */
export class PyFloat {
  constructor(readonly value: number) {}
}

export type Dict = Map<string, Value>;

/** What a request holds once parsed. A `number` is always a safe integer; bigger ones are `bigint`. */
export type Value = null | boolean | string | number | bigint | PyFloat | Value[] | Dict;

/** What may be written: parsed values, and object literals whose keys do not look like integers. */
export type Writable =
  | Value
  | readonly Writable[]
  | ReadonlyMap<string, Writable>
  | { readonly [key: string]: Writable | undefined };

export const float = (value: number): PyFloat => new PyFloat(value);
export const isDict = (value: unknown): value is Dict => value instanceof Map;

/** The number behind an int or float, for comparing and computing; precision beyond 2^53 is lost. */
export function toNumber(value: Value | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof PyFloat ? value.value : undefined;
}

/** Two elements of which the first is a string: what the executor takes for a link to another node. */
export function isLink(value: Value | undefined): value is [string, Value] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string';
}
