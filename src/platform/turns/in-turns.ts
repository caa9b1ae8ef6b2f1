/**
 * Drives long work that comes in steps, and lets the event loop go on whenever such work has held it long enough. A turn is shared by
 * all work that runs in it: ten large bodies at once hold the loop no longer than one.
 */

/** Short against the 50 ms that one request may hold the loop, long against the cost of a turn. */
const turnMs = 8;
/** What work has for itself, so that little work does not wait behind much. */
const ownMs = 1;

/** Those whose turn is over, in the order in which they get the next ones. */
const waiting: (() => void)[] = [];
/** Undefined when nothing ran since the event loop went on. */
let turnEndsMs: number | undefined;

/** Throws what the work throws. Work that is over within one turn does not wait. */
export async function inTurns<Result>(steps: Generator<undefined, Result, undefined>): Promise<Result> {
  const ownUntilMs = performance.now() + ownMs;
  for (;;) {
    const untilMs = Math.max(turnEnd(), ownUntilMs);
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() >= untilMs) await nextOwnTurn();
  }
}

/** Does work that is not cut into steps and takes some ten milliseconds, at once or when it is its turn. Rejects with what it throws. */
export async function inOneTurn<Result>(work: () => Result): Promise<Result> {
  if (performance.now() >= turnEnd()) await nextOwnTurn();
  return work();
}

const nextOwnTurn = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));

function turnEnd(): number {
  if (turnEndsMs === undefined) {
    turnEndsMs = performance.now() + turnMs;
    setImmediate(nextTurn);
  }
  return turnEndsMs;
}

function nextTurn(): void {
  turnEndsMs = undefined;
  const resume = waiting.shift();
  if (resume === undefined) return;
  turnEnd();
  resume();
}
