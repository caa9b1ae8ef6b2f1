/** Drives long work that comes in steps, and lets the event loop have its turn whenever the work has held it long enough. */
import { setImmediate as others } from 'node:timers/promises';

/** Short against the 50 ms that one request may hold the loop, long against the cost of a turn. */
const turnMs = 8;

/** Throws what the work throws. Work that is over within one turn does not wait. */
export async function inTurns<Result>(steps: Generator<undefined, Result, undefined>): Promise<Result> {
  let untilMs = performance.now() + turnMs;
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() < untilMs) continue;
    await others();
    untilMs = performance.now() + turnMs;
  }
}
