/** Prints the number of states of each exploration and the trace of each dropped rule. */
import { describe, expect, test } from 'vitest';
import { explore, neverEnds } from './explore.js';
import type { Exploration } from './explore.js';
import { attemptProtocol, describeTrace } from './guarantees.js';
import { allRules } from './rules.js';
import type { Rules } from './rules.js';
import { attemptStates, isTerminal, jobStates, outcomes } from './state.js';
import type { Faults, State } from './state.js';

const faults: Faults = {
  crashes: 1,
  restarts: 1,
  losses: 1,
  takeOvers: 3,
  partitions: 0,
  nodeDeaths: 0,
  vanishings: 0,
};
const nodesOutOfReach: Faults = { ...faults, takeOvers: 1, partitions: 1 };
const nodesThatDie: Faults = { ...faults, takeOvers: 1, nodeDeaths: 1 };
const noFaults: Faults = {
  crashes: 0,
  restarts: 0,
  losses: 0,
  takeOvers: 0,
  partitions: 0,
  nodeDeaths: 0,
  vanishings: 0,
};
/** Two faults less, for what the disk has not seen doubles what can be. */
const recordThatForgets: Faults = { ...faults, takeOvers: 1, losses: 0, vanishings: 1 };
const handOver: Faults = { ...faults, takeOvers: 1 };

function report(title: string, { states, steps, depth, counterexample }: Exploration<State>): void {
  const size = `${title}: ${states.toLocaleString('en')} states, ${steps.toLocaleString('en')} steps, depth ${depth}`;
  console.log(counterexample ? `${size}\n${describeTrace(counterexample)}` : size);
}

describe('the attempt protocol, every interleaving', () => {
  test.each([
    ['crash, restart, lost message, three spurious take-overs', faults, false],
    ['the same with one, and a node that works on out of reach', nodesOutOfReach, false],
    ['the same with one, and a node that dies for good', nodesThatDie, false],
    [
      'a crash, a restart, a take-over, and a database that loses the end of its log',
      recordThatForgets,
      false,
    ],
    ['the same with one, handed over behind another run, and taken back', handOver, true],
  ])(
    'keeps every guarantee under: %s',
    (title, budget, handsOver) => {
      const found = explore(attemptProtocol({ rules: allRules, faults: budget, handsOver }));
      report(title, found);
      expect(found.counterexample).toBeUndefined();
      expect(found.states).toBeGreaterThan(100_000);
    },
    180_000,
  );

  test.each([
    { ...nodesOutOfReach, takeOvers: 0, losses: 0 },
    { ...recordThatForgets, takeOvers: 0, restarts: 0 },
  ])('no two states share a key: %j', (budget) => {
    const model = attemptProtocol({ rules: allRules, faults: budget, handsOver: false });
    expect(explore(model).states).toBe(explore({ ...model, key: JSON.stringify }).states);
  });

  const reached: [string, (state: State) => boolean, handsOver?: boolean][] = [
    ...jobStates.map((name): [string, (state: State) => boolean] => [
      `job ${name}`,
      ({ job }) => job === name,
    ]),
    ...attemptStates.map((name): [string, (state: State) => boolean] => [
      `attempt ${name}`,
      ({ attempts }) => attempts.some(({ state }) => state === name),
    ]),
    ...outcomes.map((name): [string, (state: State) => boolean, boolean] => [
      `closed(${name})`,
      ({ attempts }) => attempts.some(({ outcome }) => outcome === name),
      name === 'withdrawn(taken back)',
    ]),
    [
      'a lawful second run',
      ({ attempts }) => attempts.every(({ prompt }) => prompt === 'running') && attempts.length > 1,
    ],
    [
      'a prompt taken out of the queue behind another job, and a run of the same job elsewhere',
      ({ attempts: [first, second], nodeBusy: [isBusy] }) =>
        first?.outcome === 'withdrawn(taken back)' &&
        first.prompt === 'gone' &&
        isBusy &&
        second?.outcome === 'ok',
      true,
    ],
    [
      'a result of an attempt that was wanted back too late',
      ({ attempts: [first] }) => first?.wish !== 'none' && first?.outcome === 'ok',
      true,
    ],
    ['a result of the second attempt', (state) => isTerminal(state) && state.attempts[1]?.outcome === 'ok'],
  ];

  test.each(reached)('is not proved on an empty model: %s is reached', (name, matches, handsOver = false) => {
    const model = attemptProtocol({
      rules: allRules,
      faults: handsOver ? noFaults : nodesOutOfReach,
      handsOver,
    });
    const found = explore({ ...model, broken: (state) => (matches(state) ? name : undefined) });
    expect(found.counterexample?.guarantee).toBe(name);
  });
});

describe('each rule is needed: without it there is a trace to', () => {
  const doubleRun = 'at most one live prompt';
  const notRun = 'taken back only what does not run and left no result';
  const ablations: [
    rule: string,
    guarantee: string,
    dropped: Partial<Rules>,
    budget: Faults,
    handsOver?: boolean,
  ][] = [
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
    ['(h) a look after the removal', notRun, { looksAfterRemoval: false }, noFaults, true],
    ['(h) a look after the removal', doubleRun, { looksAfterRemoval: false }, noFaults, true],
    [
      '(h) a removal that was asked for',
      'taken back only what was wanted back or asked off its queue',
      { takesBackWhatItAskedFor: false },
      handOver,
      true,
    ],
    ['(h) withdrawal by CAS', doubleRun, { withdrawsByCas: false }, handOver, true],
    ['(h) withdrawal of accepted prompts only', doubleRun, { withdrawsOnlyAccepted: false }, handOver, true],
    ['(h) taking back', neverEnds, { takesBack: false }, noFaults, true],
    [
      '(i) sending on disk before the first byte',
      'no prompt id is posted twice',
      { sendingWaitsForDisk: false },
      { ...noFaults, vanishings: 1 },
    ],
    [
      '(i) an end on disk before it is told',
      'an end that was told stands',
      { endWaitsForDisk: false },
      { ...noFaults, vanishings: 1 },
    ],
    ['giving up while sending', neverEnds, { giveUpWhileSending: false }, { ...nodesThatDie, takeOvers: 0 }],
  ];

  test.each(ablations)('%s: "%s" is broken', (rule, guarantee, dropped, budget, handsOver = false) => {
    const found = explore(
      attemptProtocol({ rules: { ...allRules, ...dropped }, faults: budget, handsOver }, [guarantee]),
    );
    report(`without ${rule}`, found);
    expect(found.counterexample?.guarantee).toBe(guarantee);
  });
});
