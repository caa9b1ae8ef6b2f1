/**
 * What a state of the attempt protocol is: one job, its attempts, the prompts on the nodes, and what each
 * replica holds in memory. Plain immutable data; `encode` gives the short key under which a state is remembered.
 *
 * A row's version is not kept as a number. All that matters of it is whether it has moved since a replica saw it, so
 * each thing a replica remembers about a row carries a flag which `changeRow` in `rows.ts` sets.
 */
export const jobStates = ['queued', 'active', 'succeeded', 'failed'] as const;
export type JobState = (typeof jobStates)[number];

export const attemptStates = ['intent', 'sending', 'accepted', 'running', 'collecting', 'closed'] as const;
export type AttemptState = (typeof attemptStates)[number];

export const outcomes = [
  'ok',
  'not_sent',
  'not_arrived',
  'node_lost',
  'node_lost(unreachable)',
  /** By a late success, before it began. */
  'withdrawn',
  /** By the scheduler, before it began; its prompt is off the node's queue. */
  'withdrawn(taken back)',
  'cancelled',
] as const;
export type Outcome = (typeof outcomes)[number];

/** `lost` never reached its node, `gone` did and was wiped or cancelled there, `doubled` was posted a second time. */
export const prompts = [
  'unsent',
  'in flight',
  'lost',
  'pending',
  'running',
  'done',
  'gone',
  'doubled',
] as const;
export type Prompt = (typeof prompts)[number];

/**
 * A replica's posting of one attempt: `claimed` is past the CAS and before the first byte, `waiting` is for the answer,
 * `requeueing` exists only where rule (g) is dropped.
 */
export const posts = ['idle', 'claimed', 'waiting', 'requeueing'] as const;
export type Post = (typeof posts)[number];

/** A replica's probe of one attempt: what its reads have shown, `+` when they count as begun after the settle time. */
export const probes = [
  'idle',
  'absent once',
  'absent once+',
  'absent twice',
  'absent twice+',
  'pending',
  'running',
  'done',
] as const;
export type Probe = (typeof probes)[number];

/** What is asked of an attempt outside its version, `removing` when a DELETE of its prompt is under way to the node's queue. */
export const wishes = ['none', 'take back', 'removing'] as const;
export type Wish = (typeof wishes)[number];

export type Index = 0 | 1;
export const both: readonly Index[] = [0, 1];
export type Pair<T> = readonly [T, T];

export interface Attempt {
  readonly state: AttemptState;
  /** Set when, and only when, the attempt is closed. */
  readonly outcome: Outcome | null;
  readonly node: Index;
  readonly owner: Index;
  readonly prompt: Prompt;
  readonly wish: Wish;
}

/** What one replica holds in memory about one attempt; a crash wipes it. */
export interface Work {
  readonly post: Post;
  /** The row has moved on since the claim: the CAS after the answer will fail. */
  readonly postIsStale: boolean;
  readonly probe: Probe;
  /** The row has moved on since the version which the probe's CAS will name. */
  readonly probeIsStale: boolean;
}

export interface Replica {
  readonly alive: boolean;
  readonly work: Pair<Work>;
}

/** How many of each fault may happen, or are left to happen. */
export interface Faults {
  readonly crashes: number;
  /** Of nodes, and histories that are cleared. */
  readonly restarts: number;
  /** POSTs that vanish or are refused. A lost answer needs no budget: the poster may time out at any moment. */
  readonly losses: number;
  /** Take-overs from a replica that is alive, merely slow. */
  readonly takeOvers: number;
  /** Attempts given up because their node is out of reach, while it works on. */
  readonly partitions: number;
  /** Nodes that go away and never return. */
  readonly nodeDeaths: number;
  /** Crashes of the database that lose the end of what was written without waiting for the disk; at most one. */
  readonly vanishings: number;
}

/** What of an attempt the record holds. */
export type Row = Pick<Attempt, 'state' | 'outcome' | 'node' | 'owner'>;

/** The record as it is on disk. */
export interface Flushed {
  readonly job: JobState;
  readonly rows: readonly Row[];
}

export interface State {
  readonly job: JobState;
  readonly attempts: readonly Attempt[];
  readonly replicas: Pair<Replica>;
  readonly nodeUp: Pair<boolean>;
  /** Runs a prompt of another job, so that ours waits behind it. */
  readonly nodeBusy: Pair<boolean>;
  readonly left: Faults;
  /** Null while all that is written is on disk, and where nothing can be lost. */
  readonly flushed: Flushed | null;
  /** The record has forgotten an end that everybody had heard of. */
  readonly endForgotten: boolean;
}

export const noWork: Work = { post: 'idle', postIsStale: false, probe: 'idle', probeIsStale: false };

/** With a hand-over, node 1 is busy when the job comes. */
export function initialState(faults: Faults, handsOver: boolean): State {
  const replica: Replica = { alive: true, work: [noWork, noWork] };
  return {
    job: 'queued',
    attempts: [],
    replicas: [replica, replica],
    nodeUp: [true, true],
    nodeBusy: [handsOver, false],
    left: faults,
    flushed: null,
    endForgotten: false,
  };
}

export const isOpen = (attempt: Attempt): boolean => attempt.state !== 'closed';
export const isTerminal = (state: State): boolean => state.job === 'succeeded' || state.job === 'failed';
export const isLive = (prompt: Prompt): boolean => prompt === 'pending' || prompt === 'running';

/** The oracle behind send_deadline + settle: no byte of this POST is under way, and none will be. */
export const isSettled = (state: State, at: Index): boolean =>
  state.attempts[at]?.prompt !== 'in flight' &&
  state.replicas.every(({ work }) => work[at].post !== 'claimed');

export const replicaName = (who: Index): string => 'AB'.charAt(who);
export const nodeName = (node: Index): string => `node ${node + 1}`;
export const promptName = (at: Index): string => `prompt ${at + 1}`;

/** Eight characters, or nine, that tell any two states apart, for fault budgets below 8. */
export function encode(state: State): string {
  const [a, b] = state.replicas;
  const { crashes, restarts, losses, takeOvers, partitions, nodeDeaths } = state.left;
  return String.fromCharCode(
    mix(
      jobStates.indexOf(state.job),
      bits(a.alive, b.alive),
      bits(...state.nodeUp),
      bits(...state.nodeBusy),
      nodeDeaths,
    ),
    mix(crashes, restarts, losses, takeOvers, partitions),
    encodeWork(a.work[0]),
    encodeWork(a.work[1]),
    encodeWork(b.work[0]),
    encodeWork(b.work[1]),
    encodeAttempt(state.attempts[0]),
    encodeAttempt(state.attempts[1]),
    ...encodeDisk(state),
  );
}

function encodeDisk({ left, flushed, endForgotten }: State): number[] {
  if (endForgotten) return [0];
  if (left.vanishings === 0 && !flushed) return [];
  if (!flushed) return [1];
  const [first = 0, second = 0] = flushed.rows.map(({ state, outcome, node, owner }) => {
    const progress =
      outcome === null ? attemptStates.indexOf(state) : attemptStates.length + outcomes.indexOf(outcome);
    return 1 + progress * 4 + node * 2 + owner;
  });
  return [2 + (first * 64 + second) * 4 + jobStates.indexOf(flushed.job)];
}

const bits = (first: boolean, second: boolean): number => (first ? 2 : 0) + (second ? 1 : 0);

/** Each digit is below 8. */
const mix = (...digits: number[]): number => digits.reduce((sum, digit) => sum * 8 + digit, 0);

const encodeWork = ({ post, postIsStale, probe, probeIsStale }: Work): number =>
  mix(posts.indexOf(post), probes.indexOf(probe), bits(postIsStale, probeIsStale));

function encodeAttempt(attempt: Attempt | undefined): number {
  if (!attempt) return 0;
  const { state, outcome, node, owner, prompt, wish } = attempt;
  const progress =
    outcome === null ? attemptStates.indexOf(state) : attemptStates.length + outcomes.indexOf(outcome);
  return 1 + (progress + wishes.indexOf(wish) * 16) * 32 + mix(node * 2 + owner, prompts.indexOf(prompt));
}
