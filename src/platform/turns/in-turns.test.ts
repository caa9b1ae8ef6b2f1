import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { inOneTurn, inTurns } from './in-turns.js';

let steps = 0;

afterEach(async () => {
  vi.restoreAllMocks();
  steps = 0;
  // The turn that is open ends, which began by another clock.
  await nextTurn();
});

function* work(count: number): Generator<undefined, number, undefined> {
  for (let at = 0; at < count; at += 1) {
    steps += 1;
    yield undefined;
  }
  return count;
}

/** Each look at the clock takes a millisecond. */
function slowClock(): void {
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 1));
}

/** Steps between two turns of the event loop, at most. */
async function mostInOneTurn(done: Promise<unknown>): Promise<number> {
  let most = 0;
  const over = done.then(() => true);
  for (let before = steps; !(await Promise.race([over, nextTurn(false)])); before = steps)
    most = Math.max(most, steps - before);
  return most;
}

it('does all of it, whoever else works', async () => {
  expect(await Promise.all([inTurns(work(100)), inTurns(work(3)), inTurns(work(1000))])).toEqual([
    100, 3, 1000,
  ]);
});

it('shares a turn among all that work in it', async () => {
  slowClock();
  const alone = await mostInOneTurn(inTurns(work(500)));
  steps = 0;
  const many = Array.from({ length: 50 }, async () => inTurns(work(500)));
  // Each has one step for itself as it begins.
  expect(await mostInOneTurn(Promise.all(many))).toBeLessThanOrEqual(alone + many.length);
});

it('gives everybody a turn', async () => {
  slowClock();
  const ends: string[] = [];
  const long = inTurns(work(10_000)).then(() => ends.push('long'));
  const short = inTurns(work(20)).then(() => ends.push('short'));
  await Promise.all([long, short]);
  expect(ends).toEqual(['short', 'long']);
});

it('lets little work pass', async () => {
  slowClock();
  const long = inTurns(work(10_000));
  let isOver = false;
  void inTurns(work(0)).then(() => (isOver = true));
  await Promise.resolve();
  await Promise.resolve();
  expect(isOver).toBe(true);
  await long;
});

it('rejects with what the work throws, and others go on', async () => {
  const fails = inTurns(
    (function* () {
      yield undefined;
      throw new Error('enough');
    })(),
  );
  const goesOn = inTurns(work(50));
  await expect(fails).rejects.toThrow('enough');
  expect(await goesOn).toBe(50);
});

it('gives work without steps a turn of its own when others had this one', async () => {
  slowClock();
  const twenty = (): void => {
    for (let at = 0; at < 20; at += 1) {
      steps += 1;
      performance.now();
    }
  };
  const all = [inOneTurn(twenty), inOneTurn(twenty), inOneTurn(twenty)];
  expect(await mostInOneTurn(Promise.all(all))).toBe(20);
});
