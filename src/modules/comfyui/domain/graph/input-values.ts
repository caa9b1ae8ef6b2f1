/** Checks of a literal input value, however it is nested. */
import { isLosslessNumber } from '../json/json.js';
import { isPause, type Steps } from '../steps.js';

const maxDepth = 100;
// Python refuses to read integers of more than 4,300 digits, and the request then fails as a whole.
const maxNumberLength = 1_000;

/** What makes the value impossible to send, or undefined. Cyclic values end as too deep. */
export function* valueFaultSteps(root: unknown): Steps<string | undefined> {
  const open = [{ value: root, depth: 0 }];
  for (let count = 0; open.length > 0; count += 1) {
    if (isPause(count)) yield undefined;
    const { value, depth } = open.pop()!;
    if (depth > maxDepth) return `nested deeper than ${maxDepth}`;
    const fault = ownFault(value);
    if (fault !== undefined) return fault;
    if (typeof value !== 'object' || value === null || isLosslessNumber(value)) continue;
    for (const item of Object.values(value)) open.push({ value: item, depth: depth + 1 });
  }
  return undefined;
}

/** What is wrong with the value itself, whatever it holds. */
function ownFault(value: unknown): string | undefined {
  if (isLosslessNumber(value)) return numberFault(value.value);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'not a finite number';
  const isNested = Array.isArray(value) || (typeof value === 'object' && isPlainObject(value));
  return isNested ? undefined : 'not a JSON value';
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
