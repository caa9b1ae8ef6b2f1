/**
 * Placement on stale knowledge as a transition relation. Modelled: two jobs, one node that breaks, is started anew, loses a file and is
 * drained, beside others that are well; two replicas, either of which leads, owns the node, or sends. Every write, every reading, every
 * message of evidence is a step of its own, and anything may happen between two of them, so that each replica may know the node as it was
 * at any moment of its past. What is decided is asked of the product: `admitted`, `sendingRefusal`, `lacksByNow`, `judged`, `attemptMove`,
 * `dispositionOf`.
 *
 * Abstracted: time. A leader that was told better doubts the node for longer than a write and a reading take, and whoever waits for word
 * of a canary waits for longer than that word does. What happens between the posting of a prompt and its end is the other model's.
 */
import type { Model } from '../explore.js';
import { knowing } from './knowing.js';
import type { Rules, Step } from './rules.js';
import { guarantees, running } from './running.js';
import {
  both,
  type Budget,
  type Index,
  initialState,
  keyOf,
  name,
  spend,
  type State,
  withReplica,
} from './state.js';

/** Looks for a breach of the `watched` guarantees. */
export function placement(
  rules: Rules,
  budget: Budget,
  {
    watched = Object.values(guarantees),
    opened = false,
  }: { watched?: readonly string[]; opened?: boolean } = {},
): Model<State> {
  return {
    initial: initialState(budget, opened),
    next: (state) => [...running(state, rules), ...knowing(state, rules), ...happening(state)],
    key: keyOf,
    broken: (state) => broken(state).find((guarantee) => watched.includes(guarantee)),
    isFault: (from, to) => from.left !== to.left,
    isEnd,
  };
}

function broken({ breaches, jobs, sickIsWritten, row }: State): string[] {
  const found = [...breaches];
  if (jobs.some(({ state }) => state === 'failed')) found.push(guarantees.notFailed);
  if (jobs.some(({ charged, failedRuns }) => charged > failedRuns)) found.push(guarantees.charges);
  if (sickIsWritten && !row.truth.sick) found.push(guarantees.wordKept);
  return found;
}

/** Both jobs have ended, and all that live know what is so. */
function isEnd({ jobs, told, row, node, replicas, drainWanted }: State): boolean {
  const isOver = jobs.every(({ state }) => state === 'succeeded') && told.length === 0;
  const isOwned = row.owner !== null && replicas[row.owner].alive;
  const { breaker, lists, sick } = row.truth;
  const isTrue = lists === node.hasFile && (node.broken || !sick);
  const isFree = breaker.state !== 'half_open' || breaker.canary === null;
  const areTold = replicas.every(
    ({ alive, truth, unwritten, drained }) =>
      !alive || (!unwritten && truth.ver === row.truth.ver && drained === drainWanted),
  );
  return isOver && isOwned && isTrue && isFree && areTold;
}

/** What nobody decides. */
function happening(state: State): Step[] {
  const { left, node, leader, replicas } = state;
  const steps: Step[] = [];
  const happens = (what: keyof Budget, title: string, to: Partial<State>): void => {
    if (left[what] > 0) steps.push({ name: title, state: { ...spend(state, what), ...to } });
  };
  if (!node.broken) happens('breaks', 'the GPU of x breaks', { node: { ...node, broken: true } });
  if (node.hasFile) happens('removals', 'the file is removed from x', { node: { ...node, hasFile: false } });
  if (!node.hasFile)
    steps.push({ name: 'the file is back on x', state: { ...state, node: { ...node, hasFile: true } } });
  if (!state.drainWanted) happens('drains', 'x is drained', { drainWanted: true });
  if (replicas[leader === 0 ? 1 : 0].alive) steps.push(...leading(state, leader === 0 ? 1 : 0));
  return [...steps, ...restarting(state), ...crashing(state)];
}

/** Whatever still runs there, and what is said of it, is over by then. */
function restarting(state: State): Step[] {
  const { node, left, jobs, told } = state;
  const isAtWork = jobs.some(({ attempt }) => attempt?.phase === 'sent');
  if (!node.broken || left.restarts === 0 || isAtWork || told.some(({ kind }) => kind === 'fault')) return [];
  const anew = { ...node, broken: false };
  return [
    { name: 'x is started anew', state: { ...spend(state, 'restarts'), node: anew, sickIsWritten: false } },
  ];
}

const crashing = (state: State): Step[] =>
  both
    .filter((who) => state.left.crashes > 0 && state.replicas[who].alive)
    .map((who) => ({
      name: `${name(who)} crashes`,
      state: withReplica(spend(state, 'crashes'), who, {
        alive: false,
        epoch: 0,
        unwritten: false,
        held: undefined,
      }),
    }));

/** A leader's doubts are its own, and so is what it was told. */
function leading(state: State, who: Index): Step[] {
  const isFree = !state.replicas[state.leader].alive;
  if (!isFree && state.left.leaderships === 0) return [];
  const from = isFree ? state : spend(state, 'leaderships');
  const [first, second] = state.jobs;
  const forgotten = [
    { ...first, sentBackFor: null },
    { ...second, sentBackFor: null },
  ] as const;
  return [{ name: `${name(who)} leads`, state: { ...from, jobs: forgotten, leader: who, unsure: false } }];
}
