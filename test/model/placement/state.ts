/**
 * What a state of the placement model is: two jobs, one node that may fail and others that are well, and what each of two replicas
 * knows of the node. Plain immutable data.
 */
import type { Breaker, Evidence } from '../../../src/modules/nodes/domain/index.js';
import { both, type Index, type Pair } from '../state.js';

export { both, type Index, type Pair };

/** The owner's word on the node, as of a version. */
export interface Truth {
  readonly ver: number;
  readonly sick: boolean;
  readonly breaker: Breaker;
  /** It has the file that both jobs need. */
  readonly lists: boolean;
}

export interface Replica {
  readonly alive: boolean;
  /** What it knows, judges if it is the owner. */
  readonly truth: Truth;
  readonly drained: boolean;
  /** Of the owner that it believes to be; 0: it is not. */
  readonly epoch: number;
  /** It judged what the row does not say yet. */
  readonly unwritten: boolean;
  /** The prompt that was placed or sent last to try the node. */
  readonly held: string | undefined;
}

export interface Attempt {
  readonly phase: 'intent' | 'sent';
  readonly decidedOn: number;
  readonly sender: Index;
  /** It was sent to a node whose breaker was not closed. */
  readonly isCanary: boolean;
}

export interface Job {
  readonly state: 'queued' | 'active' | 'succeeded' | 'failed';
  readonly attempt: Attempt | null;
  /** Prompts so far, modulo two: enough to tell them apart while anybody speaks of them. */
  readonly tries: number;
  readonly charged: number;
  readonly failedRuns: number;
  /** It failed on the node, and the others can take it. */
  readonly avoids: boolean;
  /** Why it was sent back last, and what was in the record of the node then; null: not by this leader, or the node had no owner. */
  readonly sentBackFor: string | null;
}

/** How many of each may happen, or are left to happen. */
export interface Budget {
  /** The GPU breaks: each run fails until the process is started anew. */
  readonly breaks: number;
  readonly restarts: number;
  /** The file goes away, and comes back. */
  readonly removals: number;
  readonly drains: number;
  readonly crashes: number;
  /** Owners that hand the node over. */
  readonly moves: number;
  /** Owners that are taken for dead and go on. */
  readonly overtakes: number;
  /** Placements whose sender is not the node's owner, as during a change of owners. */
  readonly strangers: number;
  readonly leaderships: number;
  /** Evidence that never reaches the owner. */
  readonly losses: number;
}

export interface State {
  readonly jobs: Pair<Job>;
  /** What is so, whoever knows it. */
  readonly node: { readonly broken: boolean; readonly hasFile: boolean };
  readonly row: { readonly truth: Truth; readonly owner: Index | null; readonly epoch: number };
  readonly drainWanted: boolean;
  readonly replicas: Pair<Replica>;
  readonly leader: Index;
  /** The leader was told that the node is another one than it knew, and places nothing there before it knows better. */
  readonly unsure: boolean;
  /** The open prompt that claimed the node to try it. A claim of one that is closed is as good as none. */
  readonly claim: string | null;
  /** Evidence on its way to the owner, in any order. */
  readonly told: readonly Evidence[];
  /** The row has said that the GPU is sick, and its process is still the same. */
  readonly sickIsWritten: boolean;
  readonly left: Budget;
  readonly breaches: readonly string[];
}

/** `opened`: runs of other jobs have opened the node's breaker before, and it is well by now. */
export function initialState(left: Budget, opened: boolean): State {
  const breaker: Breaker = opened
    ? { state: 'open', untilMs: 1, timesOpened: 1 }
    : { state: 'closed', consecutiveFaults: 0, timesOpened: 0 };
  const truth: Truth = { ver: 1, sick: false, breaker, lists: true };
  const replica: Replica = {
    alive: true,
    truth,
    drained: false,
    epoch: 0,
    unwritten: false,
    held: undefined,
  };
  const job: Job = {
    state: 'queued',
    attempt: null,
    tries: 0,
    charged: 0,
    failedRuns: 0,
    avoids: false,
    sentBackFor: null,
  };
  return {
    jobs: [job, job],
    node: { broken: false, hasFile: true },
    row: { truth, owner: 0, epoch: 1 },
    drainWanted: false,
    replicas: [{ ...replica, epoch: 1 }, replica],
    leader: 1,
    unsure: false,
    claim: null,
    told: [],
    sickIsWritten: false,
    left,
    breaches: [],
  };
}

export const name = (who: Index): string => 'AB'.charAt(who);
export const promptId = (job: Index, { tries }: Job): string => `${job + 1}.${tries}`;

export const replaced = <T>(pair: Pair<T>, at: Index, patch: Partial<T>): Pair<T> =>
  at === 0 ? [{ ...pair[0], ...patch }, pair[1]] : [pair[0], { ...pair[1], ...patch }];

export const withJob = (state: State, at: Index, patch: Partial<Job>): State => ({
  ...state,
  jobs: replaced(state.jobs, at, patch),
});

export const withReplica = (state: State, who: Index, patch: Partial<Replica>): State => ({
  ...state,
  replicas: replaced(state.replicas, who, patch),
});

export const spend = (state: State, what: keyof Budget): State => ({
  ...state,
  left: { ...state.left, [what]: state.left[what] - 1 },
});

export const breached = (state: State, guarantee: string, isSo: boolean): State =>
  isSo && !state.breaches.includes(guarantee)
    ? { ...state, breaches: [...state.breaches, guarantee].toSorted() }
    : state;

/** Differs for different states: words are numbered, whatever their order on the way. */
export function keyOf(state: State): string {
  const { told, ...rest } = state;
  return JSON.stringify([rest, told.map((each) => JSON.stringify(each)).toSorted()]);
}
