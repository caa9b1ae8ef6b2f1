/** Objects and arrays of a parsed value in the order of its text, outer before inner. Nothing recurses. */
import { isLosslessNumber } from 'lossless-json';
import type { Steps } from '../steps.js';

interface Level {
  values: unknown[];
  at: number;
}

const valuesPerStep = 4_096;

/** `enter` says whether to look inside; `depth` is 0 for the value itself. */
export function* walkSteps(value: unknown, enter: (value: object, depth: number) => boolean): Steps<void> {
  const open: Level[] = [{ values: [value], at: 0 }];
  let count = 0;
  for (let level = open.at(-1); level; level = open.at(-1)) {
    if (++count % valuesPerStep === 0) yield undefined;
    if (level.at >= level.values.length) {
      open.pop();
      continue;
    }
    const item = level.values[level.at++];
    if (typeof item !== 'object' || item === null || isLosslessNumber(item)) continue;
    if (enter(item, open.length - 1))
      open.push({ values: Array.isArray(item) ? item : Object.values(item), at: 0 });
  }
}
