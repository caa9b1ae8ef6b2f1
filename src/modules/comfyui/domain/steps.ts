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
