/** Prints the number of states of each exploration and the trace of each dropped rule. */
import { describe, expect, test } from 'vitest';
import { explore, neverEnds, type Exploration } from '../explore.js';
import { placement } from './model.js';
import { allRules, type Rules } from './rules.js';
import { guarantees } from './running.js';
import type { Budget, State } from './state.js';

const nothing: Budget = {
  breaks: 0,
  restarts: 0,
  removals: 0,
  drains: 0,
  crashes: 0,
  moves: 0,
  overtakes: 0,
  strangers: 0,
  leaderships: 0,
  losses: 0,
};
const brokenGpu: Budget = { ...nothing, breaks: 1, restarts: 1, leaderships: 1 };
const openBreaker: Budget = { ...nothing, strangers: 2 };
const goneFile: Budget = { ...nothing, removals: 1, drains: 1, leaderships: 1 };

function report(title: string, { states, steps, depth, counterexample }: Exploration<State>): void {
  const size = `${title}: ${states.toLocaleString('en')} states, ${steps.toLocaleString('en')} steps, depth ${depth}`;
  const trace = counterexample?.trace.map(({ name }, at) => `${String(at + 1).padStart(3)}. ${name}`) ?? [];
  console.log(
    [size, ...(counterexample ? [`broken: ${counterexample.guarantee}`, ...trace] : [])].join('\n'),
  );
}

describe('placement on stale knowledge, every interleaving', () => {
  test.each<[string, Budget, boolean?]>([
    ['a GPU that breaks and is started anew, a change of leaders', brokenGpu],
    ['the same, and an owner that dies', { ...brokenGpu, leaderships: 0, crashes: 1 }],
    ['the same, and an owner that is taken for dead', { ...brokenGpu, leaderships: 0, overtakes: 1 }],
    ['the same, and an owner that hands over', { ...brokenGpu, leaderships: 0, moves: 1 }],
    ['the same, and senders that do not own the node', { ...brokenGpu, leaderships: 0, strangers: 2 }],
    ['an open breaker, and senders that do not own the node', openBreaker, true],
    ['the same, and a change of leaders', { ...openBreaker, leaderships: 1 }, true],
    ['the same, and word that is lost', { ...openBreaker, losses: 1 }, true],
    ['the same, and an owner that dies', { ...openBreaker, crashes: 1 }, true],
    ['a file that goes and comes back, a drain, a change of leaders', goneFile],
    [
      'the same without the drain, and an owner that dies',
      { ...goneFile, drains: 0, leaderships: 0, crashes: 1 },
    ],
    ['the same, and senders that do not own the node', { ...goneFile, leaderships: 0, strangers: 2 }],
  ])(
    'keeps every guarantee under: %s',
    (title, budget, opened = false) => {
      const found = explore(placement(allRules, budget, { opened }));
      report(title, found);
      expect(found.counterexample?.guarantee).toBeUndefined();
      expect(found.states).toBeGreaterThan(1_000);
    },
    180_000,
  );
});

describe('each rule is needed: without it there is a trace to', () => {
  const ablations: [keyof Rules, string, Budget, boolean?][] = [
    ['sendersRefuse', guarantees.heeded, brokenGpu],
    ['comparesVersions', guarantees.newerWord, goneFile],
    ['oneCanary', guarantees.sentBackOnce, openBreaker, true],
    ['claims', guarantees.oneCanary, openBreaker, true],
    ['writesFirst', guarantees.sentBackOnce, goneFile],
    ['doubts', guarantees.sentBackOnce, goneFile],
    ['fences', guarantees.wordKept, { ...brokenGpu, overtakes: 1 }],
    ['inherits', guarantees.wordKept, { ...brokenGpu, moves: 1 }],
    ['canaryGivesWay', neverEnds, { ...brokenGpu, crashes: 1 }],
    ['chargesNothing', guarantees.charges, goneFile],
    ['avoids', guarantees.notTwice, brokenGpu],
  ];

  test.each(ablations)(
    '%s: "%s" is broken',
    (rule, guarantee, budget, opened = false) => {
      const found = explore(
        placement({ ...allRules, [rule]: false }, budget, { watched: [guarantee], opened }),
      );
      report(`without ${rule}`, found);
      expect(found.counterexample?.guarantee).toBe(guarantee);
    },
    180_000,
  );
});
