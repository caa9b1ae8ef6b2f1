/** Prints the number of states of each exploration and the trace of each dropped rule. */
import { describe, expect, test } from 'vitest';
import { explore, neverEnds } from './explore.js';
import type { Exploration } from './explore.js';
import { attemptProtocol, describeTrace } from './guarantees.js';
import { allRules } from './rules.js';
import type { Rules } from './rules.js';
import { attemptStates, isTerminal, jobStates, outcomes } from './state.js';
import type { Faults, State } from './state.js';

const faults: Faults = { crashes: 1, restarts: 1, losses: 1, takeOvers: 3, partitions: 0, nodeDeaths: 0 };
const nodesOutOfReach: Faults = { ...faults, takeOvers: 1, partitions: 1 };
const nodesThatDie: Faults = { ...faults, takeOvers: 1, nodeDeaths: 1 };

function report(title: string, { states, steps, depth, counterexample }: Exploration<State>): void {
  const size = `${title}: ${states.toLocaleString('en')} states, ${steps.toLocaleString('en')} steps, depth ${depth}`;
  console.log(counterexample ? `${size}\n${describeTrace(counterexample)}` : size);
}

describe('the attempt protocol, every interleaving', () => {
  test.each([
    ['crash, restart, lost message, three spurious take-overs', faults],
    ['the same with one, and a node that works on out of reach', nodesOutOfReach],
    ['the same with one, and a node that dies for good', nodesThatDie],
  ])(
    'keeps every guarantee under: %s',
    (title, budget) => {
      const found = explore(attemptProtocol({ rules: allRules, faults: budget }));
      report(title, found);
      expect(found.counterexample).toBeUndefined();
      expect(found.states).toBeGreaterThan(100_000);
    },
    180_000,
  );

  test('no two states share a key', () => {
    const model = attemptProtocol({
      rules: allRules,
      faults: { ...nodesOutOfReach, takeOvers: 0, losses: 0 },
    });
    expect(explore(model).states).toBe(explore({ ...model, key: JSON.stringify }).states);
  });

  const reached: [string, (state: State) => boolean][] = [
    ...jobStates.map((name): [string, (state: State) => boolean] => [
      `job ${name}`,
      ({ job }) => job === name,
    ]),
    ...attemptStates.map((name): [string, (state: State) => boolean] => [
      `attempt ${name}`,
      ({ attempts }) => attempts.some(({ state }) => state === name),
    ]),
    ...outcomes.map((name): [string, (state: State) => boolean] => [
      `closed(${name})`,
      ({ attempts }) => attempts.some(({ outcome }) => outcome === name),
    ]),
    [
      'a lawful second run',
      ({ attempts }) => attempts.every(({ prompt }) => prompt === 'running') && attempts.length > 1,
    ],
    ['a result of the second attempt', (state) => isTerminal(state) && state.attempts[1]?.outcome === 'ok'],
  ];

  test.each(reached)('is not proved on an empty model: %s is reached', (name, matches) => {
    const model = attemptProtocol({ rules: allRules, faults: nodesOutOfReach });
    const found = explore({ ...model, broken: (state) => (matches(state) ? name : undefined) });
    expect(found.counterexample?.guarantee).toBe(name);
  });
});

describe('each rule is needed: without it there is a trace to', () => {
  const doubleRun = 'at most one live prompt';
  const ablations: [rule: string, guarantee: string, dropped: Partial<Rules>, budget: Faults][] = [
    ['(a) id committed before the POST', doubleRun, { idBeforePost: false }, faults],
    ['(b) intent → sending before the first byte', doubleRun, { claimBeforeFirstByte: false }, faults],
    ['(c) settle time before "absent" counts', doubleRun, { settleTest: 'none' }, faults],
    ['(c) settle time before the first read', doubleRun, { settleTest: 'second read' }, faults],
    ['(d) /queue before /history', 'not finished twice', { queueBeforeHistory: false }, faults],
    ['(e) CAS on a version from before the reads', doubleRun, { versionSeenBefore: 'decision' }, faults],
    [
      '(e) CAS on a version from before the first read',
      doubleRun,
      { versionSeenBefore: 'second read' },
      faults,
    ],
    ['(f) reaper', 'no run after the end but what the reaper ends', { reaper: false }, nodesOutOfReach],
    ['(g) closing moves the job', neverEnds, { closeMovesJob: false }, { ...faults, takeOvers: 0 }],
    ['giving up while sending', neverEnds, { giveUpWhileSending: false }, { ...nodesThatDie, takeOvers: 0 }],
  ];

  test.each(ablations)('%s: "%s" is broken', (rule, guarantee, dropped, budget) => {
    const found = explore(
      attemptProtocol({ rules: { ...allRules, ...dropped }, faults: budget }, [guarantee]),
    );
    report(`without ${rule}`, found);
    expect(found.counterexample?.guarantee).toBe(guarantee);
  });
});
