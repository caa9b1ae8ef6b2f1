/**
 * Long work cut into steps: each `yield` is a place where others may go first. A step is short whatever the work is on, so that who
 * drives the steps decides how long they hold the event loop.
 */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** The whole work without a pause. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Items between two places to pause. */
const itemsPerStep = 128;

/** Whether the walk over items should pause before the next one. */
export const isPause = (count: number): boolean => count % itemsPerStep === itemsPerStep - 1;

/** `flatMap` with pauses. */
export function* flatMapSteps<Item, Result>(
  items: Iterable<Item>,
  of: (item: Item) => readonly Result[],
): Steps<Result[]> {
  const results: Result[] = [];
  let count = 0;
  for (const item of items) {
    for (const result of of(item)) results.push(result);
    if (isPause(count++)) yield undefined;
  }
  return results;
}

/** Of a list of texts this is sorted within a millisecond. */
const itemsPerRun = 512;
const itemsPerMergeStep = 4_096;

/** `toSorted` with pauses, as stable as it. */
export function* sortSteps<Item>(
  items: readonly Item[],
  compare: (left: Item, right: Item) => number,
): Steps<Item[]> {
  let runs: Item[][] = [];
  for (let at = 0; at < items.length; at += itemsPerRun) {
    runs.push(items.slice(at, at + itemsPerRun).toSorted(compare));
    yield undefined;
  }
  while (runs.length > 1) {
    const merged: Item[][] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(yield* mergeSteps(runs[at] ?? [], runs[at + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* mergeSteps<Item>(
  left: Item[],
  right: Item[],
  compare: (left: Item, right: Item) => number,
): Steps<Item[]> {
  const merged: Item[] = [];
  let [atLeft, atRight] = [0, 0];
  while (atLeft < left.length && atRight < right.length) {
    merged.push(compare(left[atLeft]!, right[atRight]!) <= 0 ? left[atLeft++]! : right[atRight++]!);
    if (merged.length % itemsPerMergeStep === 0) yield undefined;
  }
  return [...merged, ...left.slice(atLeft), ...right.slice(atRight)];
}
