import { expect, test } from 'vitest';
import { explore, neverEnds } from './explore.js';
import type { Model } from './explore.js';

type Arrows = Readonly<Record<number, readonly number[]>>;

/** A graph of numbers that starts at 0; a step to a number below its origin is a fault. */
function graph(arrows: Arrows, ends: readonly number[], forbidden?: number): Model<number> {
  return {
    initial: 0,
    next: (from) => (arrows[from] ?? []).map((to) => ({ name: `${from} → ${to}`, state: to })),
    key: String,
    broken: (state) => (state === forbidden ? 'forbidden' : undefined),
    isFault: (from, to) => to < from,
    isEnd: (state) => ends.includes(state),
  };
}

const names = (model: Model<number>) => explore(model).counterexample?.trace.map(({ name }) => name);

test('every reachable state is counted once, however many ways lead to it', () => {
  const found = explore(graph({ 0: [1, 2], 1: [3], 2: [3], 3: [3, 0] }, [3]));
  expect(found).toEqual({ states: 4, steps: 6, depth: 2, counterexample: undefined });
});

test('a breach is reported with a shortest trace', () => {
  expect(names(graph({ 0: [1, 2], 1: [3], 3: [4], 2: [4] }, [4], 4))).toEqual(['0 → 2', '2 → 4']);
});

test('a breach in the initial state has an empty trace', () => {
  expect(explore(graph({}, [0], 0)).counterexample).toEqual({ guarantee: 'forbidden', trace: [] });
});

test('a cycle that no step leaves is a state that cannot end', () => {
  const { counterexample } = explore(graph({ 0: [1, 2], 2: [3], 3: [4], 4: [3] }, [1]));
  expect(counterexample?.guarantee).toBe(neverEnds);
  expect(counterexample?.trace.map(({ name }) => name)).toEqual(['0 → 2']);
});

test('an end that only a fault leads to does not count', () => {
  expect(names(graph({ 0: [1, 2], 2: [1] }, [1]))).toEqual(['0 → 2']);
  expect(names(graph({ 0: [1, 2], 1: [2] }, [2]))).toBeUndefined();
});

test('more states than allowed are refused, not swallowed', () => {
  const endless: Model<number> = { ...graph({}, []), next: (from) => [{ name: 'up', state: from + 1 }] };
  expect(() => explore(endless, 1000)).toThrow('more than 1000 states');
});
