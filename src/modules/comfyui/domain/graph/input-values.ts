/** Checks of a literal input value, however it is nested. */
import { isLosslessNumber } from '../json/json.js';

const maxDepth = 100;
// Python refuses to read integers of more than 4,300 digits, and the request then fails as a whole.
const maxNumberLength = 1_000;

/** What makes the value impossible to send, or undefined. Cyclic values end as too deep. */
export function valueFault(value: unknown, depth = 0): string | undefined {
  if (depth > maxDepth) return `nested deeper than ${maxDepth}`;
  if (isLosslessNumber(value)) return numberFault(value.value);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'not a finite number';
  return typeof value === 'object' ? nestedFault(value, depth) : 'not a JSON value';
}

function nestedFault(value: object, depth: number): string | undefined {
  if (!Array.isArray(value) && !isPlainObject(value)) return 'not a JSON value';
  for (const item of Object.values(value)) {
    const fault = valueFault(item, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function numberFault(text: unknown): string | undefined {
  if (typeof text !== 'string' || !/^-?\d/.test(text)) return 'not a JSON value';
  return text.length > maxNumberLength ? 'a number with too many digits' : undefined;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Whether the server would follow a bare list as a link (a string beside a number; Python counts a boolean as one),
 * or the author meant one: its first item names a node.
 */
export function looksLikeLink(value: unknown, isNodeId: (id: string) => boolean): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [first, second] = value as [unknown, unknown];
  if (typeof first === 'string')
    return (
      typeof second === 'number' || typeof second === 'boolean' || isLosslessNumber(second) || isNodeId(first)
    );
  return (typeof first === 'number' || isLosslessNumber(first)) && isNodeId(String(first));
}
