/** Reading untrusted JSON values of a workflow file. Numbers may be plain or `LosslessNumber`. */
import { asNumber, isJsonObject, isLosslessNumber } from '../json/json.js';

export type JsonRecord = Record<string, unknown>;

export const asRecord = (value: unknown): JsonRecord => (isJsonObject(value) ? value : {});
export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
export const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A property of the object itself, never of its prototype. */
export function own(record: JsonRecord, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

const maxIdLength = 100;

/** The text of a node's or link's id: numbers and texts of one value are one id. */
export function idOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.length <= maxIdLength ? value : undefined;
  const number = asNumber(value);
  return number === undefined || !Number.isFinite(number) ? undefined : String(number);
}

/** An index from 0, else undefined. */
export function slotOf(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : asNumber(value);
  return number !== undefined && Number.isInteger(number) && number >= 0 && number < 1e9 ? number : undefined;
}

const maxTextDepth = 100;

/** What JavaScript's `String()` makes of the value: the editor's text boxes hold nothing else. */
export function textOf(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (isLosslessNumber(value)) return value.value.includes('.') ? String(Number(value.value)) : value.value;
  if (Array.isArray(value))
    return depth > maxTextDepth ? '' : value.map((item) => textOf(item, depth + 1)).join(',');
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '[object Object]';
}

/** `Map.groupBy`, which Node 20 lacks. */
export function groupBy<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
