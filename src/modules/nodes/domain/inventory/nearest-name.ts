import { forwardSlashes, type ChoiceValue } from '../../../workflows/domain/index.js';

const candidatesMax = 5_000;
const lengthMax = 200;

/**
 * The name most like `wanted` among `values`, or undefined when none is: directories and case are disregarded and
 * at most a third of the letters may differ. Bounded: 5,000 names of 200 letters, each given up when too far off.
 */
export function nearestName(wanted: string, values: readonly ChoiceValue[]): string | undefined {
  const target = comparable(wanted);
  let limit = Math.floor(target.length / 3);
  let nearest: string | undefined;
  for (const value of values.slice(0, candidatesMax)) {
    if (typeof value !== 'string') continue;
    const distance = editDistance(target, comparable(value), limit);
    if (distance === undefined) continue;
    nearest = value;
    limit = distance - 1;
    if (limit < 0) break;
  }
  return nearest;
}

function comparable(name: string): string {
  const path = forwardSlashes(name).toLowerCase();
  return path.slice(path.lastIndexOf('/') + 1).slice(0, lengthMax);
}

/** Levenshtein distance, or undefined when it exceeds `limit`; only the band of width 2·limit+1 is computed. */
function editDistance(left: string, right: string, limit: number): number | undefined {
  if (limit < 0 || Math.abs(left.length - right.length) > limit) return undefined;
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = nextRow(previous, row, left, right, limit);
    if (Math.min(...current) > limit) return undefined;
    previous = current;
  }
  const distance = previous[right.length] ?? Infinity;
  return distance <= limit ? distance : undefined;
}

function nextRow(previous: number[], row: number, left: string, right: string, limit: number): number[] {
  const current = Array.from({ length: right.length + 1 }, () => limit + 1);
  if (row <= limit) current[0] = row;
  const last = Math.min(right.length, row + limit);
  for (let column = Math.max(1, row - limit); column <= last; column++) {
    const substitution = (previous[column - 1] ?? Infinity) + (left[row - 1] === right[column - 1] ? 0 : 1);
    current[column] = Math.min(
      substitution,
      (previous[column] ?? Infinity) + 1,
      (current[column - 1] ?? Infinity) + 1,
    );
  }
  return current;
}
