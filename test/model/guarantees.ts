/**
 * What must hold in every reachable state, by name, and the model that `explore` checks it on.
 *
 * A prompt may outlive its attempt only where the design says so: its node was given up as unreachable, or a
 * late success closed the newer attempt. Then, and only then, the reaper has to end it.
 */
import type { Counterexample, Model } from './explore.js';
import { next } from './protocol.js';
import type { Scenario } from './rules.js';
import { encode, initialState, isLive, isOpen, isTerminal, nodeName, replicaName } from './state.js';
import type { Attempt, Outcome, State } from './state.js';

type Check = (state: State, scenario: Scenario) => boolean;

const leftToReaper = new Set<Outcome | null>(['node_lost(unreachable)', 'withdrawn', 'cancelled']);

const mayLinger = ({ outcome }: Attempt, { rules }: Scenario): boolean =>
  rules.reaper && leftToReaper.has(outcome);

const live = (state: State): Attempt[] => state.attempts.filter(({ prompt }) => isLive(prompt));

export const guarantees: Readonly<Record<string, Check>> = {
  'no prompt id is posted twice': (state) => state.attempts.every(({ prompt }) => prompt !== 'doubled'),
  'at most one open attempt': (state) => state.attempts.filter(isOpen).length <= 1,
  'at most one live prompt': (state, scenario) =>
    live(state).filter((attempt) => !mayLinger(attempt, scenario)).length <= 1,
  // A result that a restart wiped is `gone`, so a lawful second run leaves one `done`.
  'not finished twice': ({ attempts }) =>
    attempts.filter(({ prompt, outcome }) => prompt === 'done' && !leftToReaper.has(outcome)).length <= 1,
  'no run after the end but what the reaper ends': (state, scenario) =>
    !isTerminal(state) || live(state).every((attempt) => mayLinger(attempt, scenario)),
  'a finished job has no open attempt': (state) => !isTerminal(state) || !state.attempts.some(isOpen),
  // A restart may have wiped what ran; then nothing of it is left, and its job lawfully runs again.
  'taken back only what does not run and left no result': ({ attempts }) =>
    attempts.every(
      ({ outcome, prompt }) =>
        outcome !== 'withdrawn(taken back)' || prompt === 'unsent' || prompt === 'gone',
    ),
  'taken back only what was wanted back or asked off its queue': ({ attempts }) =>
    attempts.every(
      ({ outcome, prompt, wish }) =>
        outcome !== 'withdrawn(taken back)' || prompt === 'unsent' || wish !== 'none',
    ),
  'an end that was told stands': ({ endForgotten }) => !endForgotten,
  'succeeded with exactly one result': (state) =>
    state.attempts.filter(({ outcome }) => outcome === 'ok').length === (state.job === 'succeeded' ? 1 : 0),
};

/** Looks for a breach of the `watched` guarantees. */
export function attemptProtocol(scenario: Scenario, watched = Object.keys(guarantees)): Model<State> {
  const checks = Object.entries(guarantees).filter(([name]) => watched.includes(name));
  return {
    initial: initialState(scenario.faults, scenario.handsOver),
    next: (state) => next(state, scenario),
    key: encode,
    broken: (state) => checks.find(([, holds]) => !holds(state, scenario))?.[0],
    isFault: (from, to) => from.left !== to.left || from.nodeBusy !== to.nodeBusy,
    isEnd: (state) =>
      isTerminal(state) && state.attempts.every(({ prompt }) => prompt !== 'in flight' && !isLive(prompt)),
  };
}

/** A trace as text, one step a line with what it left behind. */
export function describeTrace({ guarantee, trace }: Counterexample<State>): string {
  const lines = trace.map(
    ({ name, state }, i) => `${String(i + 1).padStart(3)}. ${name}\n       ${describe(state)}`,
  );
  return [`broken: ${guarantee}`, ...lines].join('\n');
}

const describe = (state: State): string =>
  [`job ${state.job}`, ...state.attempts.map((attempt, i) => `#${i + 1} ${describeAttempt(attempt)}`)].join(
    ' | ',
  );

const describeAttempt = ({ state, outcome, node, owner, prompt }: Attempt): string =>
  `${outcome === null ? state : `closed(${outcome})`}, owner ${replicaName(owner)}, prompt ${prompt} (${nodeName(node)})`;
