/**
 * The writes of the model: how a row, a prompt or a replica's memory changes. Every change of an attempt's row
 * goes through `changeRow`, which is where "the version moved on" takes effect.
 */
import type { Rules, Turn } from './rules.js';
import { isLive, isOpen, isTerminal, noWork } from './state.js';
import type {
  Attempt,
  Faults,
  Flushed,
  Index,
  JobState,
  Outcome,
  Pair,
  Probe,
  Prompt,
  Replica,
  State,
  Work,
} from './state.js';

export const maxAttempts = 2;

export const replace = <T>(pair: Pair<T>, at: Index, value: T): Pair<T> =>
  at === 0 ? [value, pair[1]] : [pair[0], value];

export function patchAttempt(state: State, at: Index, patch: Partial<Attempt>): State {
  const attempts = state.attempts.map((attempt, i) => (i === at ? { ...attempt, ...patch } : attempt));
  return { ...state, attempts };
}

export const setPrompt = (state: State, at: Index, prompt: Prompt): State =>
  patchAttempt(state, at, { prompt });

export function patchWork(state: State, who: Index, at: Index, patch: Partial<Work>): State {
  const replica = state.replicas[who];
  const work = replace(replica.work, at, { ...replica.work[at], ...patch });
  return { ...state, replicas: replace(state.replicas, who, { ...replica, work }) };
}

export const spend = (state: State, fault: keyof Faults): State => ({
  ...state,
  left: { ...state.left, [fault]: state.left[fault] - 1 },
});

/**
 * A change of the row raises its version: no CAS on what a replica saw before can pass any more. Nor can any on a closed
 * row, so memories of it are dropped, which shows in no behaviour; only bytes about to leave are still sent.
 */
export function changeRow(state: State, at: Index, patch: Partial<Attempt>, rules: Rules): State {
  const changed = patchAttempt(waitsForDisk(patch, rules) ? flush(state) : relax(state), at, patch);
  const outdated = patch.state === 'closed' ? forgetClosed : (work: Work) => outdate(work, rules);
  return {
    ...changed,
    replicas: [recall(changed.replicas[0], at, outdated), recall(changed.replicas[1], at, outdated)],
  };
}

function waitsForDisk({ state }: Partial<Attempt>, { sendingWaitsForDisk, endWaitsForDisk }: Rules): boolean {
  if (state === 'sending') return sendingWaitsForDisk;
  if (state === 'closed') return endWaitsForDisk;
  // A take-over does; what a node can tell again does not.
  return state === undefined;
}

/** What was written before goes to the disk with what is written now. */
export const flush = (state: State): State => ({ ...state, flushed: null });

/** What is written now may be lost; what was on disk stays there. */
export function relax(state: State): State {
  if (state.flushed || state.left.vanishings === 0) return state;
  const rows = state.attempts.map(({ state: at, outcome, node, owner }) => ({
    state: at,
    outcome,
    node,
    owner,
  }));
  return { ...state, flushed: { job: state.job, rows } };
}

/**
 * The record is what was on disk; nodes and replicas are as they were. A version comes back with its row, so that a CAS on it passes
 * again: `remembered` says whether what a replica saw is of such a version. Every CAS names the owner too.
 */
export function vanish(state: State, { job, rows }: Flushed, remembered: boolean): State {
  const attempts = rows.map((row, at) => ({ ...state.attempts[at]!, ...row }));
  const recalled = (who: Index): Replica => {
    const { alive, work } = state.replicas[who];
    return { alive, work: [recallOf(work[0], attempts[0]), recallOf(work[1], attempts[1])] };
    function recallOf(known: Work, attempt: Attempt | undefined): Work {
      if (!attempt) return noWork;
      const isStale = !remembered || attempt.owner !== who || !isOpen(attempt);
      return {
        ...known,
        postIsStale: known.post !== 'idle' && isStale,
        probeIsStale: known.probe !== 'idle' && isStale,
      };
    }
  };
  const forgotten = { ...spend(state, 'vanishings'), job, attempts, flushed: null };
  const endForgotten = isTerminal(state) && !isTerminal(forgotten);
  return { ...forgotten, replicas: [recalled(0), recalled(1)], endForgotten };
}

const recall = (replica: Replica, at: Index, change: (work: Work) => Work): Replica => ({
  ...replica,
  work: replace(replica.work, at, change(replica.work[at])),
});

const outdate = (work: Work, rules: Rules): Work => ({
  ...work,
  postIsStale: work.post !== 'idle',
  probeIsStale: work.probeIsStale || holdsVersion(work.probe, rules),
});

function holdsVersion(probe: Probe, { versionSeenBefore }: Rules): boolean {
  if (probe === 'idle' || versionSeenBefore === 'decision') return false;
  return versionSeenBefore === 'first read' || (probe !== 'absent once' && probe !== 'absent once+');
}

const forgetClosed = ({ post }: Work): Work =>
  post === 'claimed' ? { ...noWork, post, postIsStale: true } : noWork;

/** Closes an attempt for a reason that allows another one; without rule (g) the job is moved in a second step. */
export function closeForRetry({ state, at, who, rules }: Turn, outcome: Outcome): State {
  const closed = changeRow(state, at, { state: 'closed', outcome }, rules);
  if (!rules.closeMovesJob) return patchWork(closed, who, at, { post: 'requeueing', postIsStale: false });
  return { ...closed, job: jobAfterRetryable(closed) };
}

export const jobAfterRetryable = (state: State): JobState =>
  state.attempts.length < maxAttempts ? 'queued' : 'failed';

/** One transaction ends the job with this attempt's result and closes whatever newer attempt is open. */
export function succeedWith(state: State, at: Index, rules: Rules): State {
  const ended = changeRow({ ...state, job: 'succeeded' }, at, { state: 'closed', outcome: 'ok' }, rules);
  const newer = at === 0 ? ended.attempts[1] : undefined;
  if (!newer || !isOpen(newer)) return ended;
  const begun = newer.state === 'running' || newer.state === 'collecting';
  return changeRow(ended, 1, { state: 'closed', outcome: begun ? 'cancelled' : 'withdrawn' }, rules);
}

export function crashReplica(state: State, who: Index): State {
  const replicas = replace(state.replicas, who, { alive: false, work: [noWork, noWork] });
  return { ...spend(state, 'crashes'), replicas };
}

/** A node's queue, running set and history are in memory. */
const wipeNode = (state: State, node: Index): State => ({
  ...state,
  attempts: state.attempts.map((attempt) => {
    const isThere = isLive(attempt.prompt) || attempt.prompt === 'done';
    return attempt.node === node && isThere ? { ...attempt, prompt: 'gone' } : attempt;
  }),
});

export const restartNode = (state: State, node: Index): State =>
  freeNode(wipeNode(spend(state, 'restarts'), node), node);

/** Somebody cleared it, or it is full of others' runs: what is in the queue stays there. */
export const clearHistory = (state: State, node: Index): State => ({
  ...spend(state, 'restarts'),
  attempts: state.attempts.map((attempt) =>
    attempt.node === node && attempt.prompt === 'done' ? { ...attempt, prompt: 'gone' } : attempt,
  ),
});

/** What another job had running there is over. */
export const freeNode = (state: State, node: Index): State => ({
  ...state,
  nodeBusy: replace(state.nodeBusy, node, false),
});

export const killNode = (state: State, node: Index): State => ({
  ...freeNode(wipeNode(spend(state, 'nodeDeaths'), node), node),
  nodeUp: replace(state.nodeUp, node, false),
});
