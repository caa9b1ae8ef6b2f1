/**
 * How many nodes each pool that somebody scales should have: enough for the work that waits for it to begin within the target wait, and
 * never fewer than are at work. What only other pools can run does not count, and what nobody can run wakes nobody.
 *
 * Work that several pools can run goes to the nodes that no scaler made, then to pools that have nodes, then to empty ones, each up to its
 * most. A run cannot be divided: of those under way only what they take from the target wait counts, and a job gets one node at most.
 */
import { meanEstimateS } from '../estimator/estimate.js';
import { takesWork } from '../filters/vacancy.js';
import { remainingS } from '../score/remaining.js';
import type { ClassState, NodeState, SchedulerState } from '../state.js';

export interface ScaledPool {
  name: string;
  /** Most nodes that it may get; Infinity without a bound. */
  nodesMax: number;
  /** Whether a node of the pool could run the class, asked while it has none; undefined: it never had one, and nobody knows. */
  could: (classId: string) => boolean | undefined;
}

export interface PoolWish {
  nodesWanted: number;
  nodes: number;
  nodesBusy: number;
  /** Of those that wait and were counted for this pool. */
  waitingJobs: number;
  /** What they take on one node, and what runs under way take from the target wait. */
  backlogS: number;
}

/** A pool while it is filled; its seconds are those of its own nodes. */
interface Share {
  members: NodeState[];
  /** Number of their GPU class, and their mean speed within it; of a pool without nodes the first class that was ever seen. */
  gpu: number;
  speed: number;
  nodesMax: number;
  runningS: number;
  busy: number;
  waitingS: number;
  jobs: number;
  able: (cls: ClassState) => boolean | undefined;
  /** Its work is of a kind that nobody saw it do: one node will tell. */
  isGuess: boolean;
}

export function wantedNodes(
  state: SchedulerState,
  pools: readonly ScaledPool[],
  targetWaitS: number,
): Map<string, PoolWish> {
  const all = state.nodes.filter((node) => node !== undefined);
  const shares = new Map(
    pools.map((pool) => {
      const members = all.filter(({ spec }) => spec.pools.includes(pool.name));
      return [pool.name, shareOf(state, members, pool.nodesMax, targetWaitS, pool.could)];
    }),
  );
  const scaled = new Set([...shares.values()].flatMap(({ members }) => members));
  const others = all.filter((node) => !scaled.has(node) && takesWork(node.spec));
  const fixed = shareOf(state, others, others.length, targetWaitS, () => false);
  const order = [
    fixed,
    ...[...shares.values()].toSorted((a, b) => Number(b.members.length > 0) - Number(a.members.length > 0)),
  ];
  for (const cls of state.classes) if (cls) deal(state, cls, order, targetWaitS);
  return new Map([...shares].map(([name, share]) => [name, wishOf(share, targetWaitS)]));
}

function shareOf(
  state: SchedulerState,
  members: NodeState[],
  nodesMax: number,
  targetWaitS: number,
  could: ScaledPool['could'],
): Share {
  const busy = members.filter(({ running }) => running !== undefined);
  const runningS = busy.reduce((sum, node) => sum + Math.min(targetWaitS, remainingS(state, node)), 0);
  const able = (cls: ClassState): boolean | undefined =>
    members.length > 0 ? members.some(({ index }) => cls.feasible.has(index)) : could(cls.spec.id);
  const machine = { members, gpu: members[0]?.gpu ?? 0, speed: meanSpeed(members), nodesMax };
  return { ...machine, runningS, busy: busy.length, waitingS: 0, jobs: 0, able, isGuess: false };
}

function deal(state: SchedulerState, cls: ClassState, order: readonly Share[], targetWaitS: number): void {
  if (cls.window.length === 0) return;
  const rest = { jobs: cls.queued, slots: slotsOf(cls) };
  const sure = order.filter((share) => share.able(cls) === true);
  const able = sure.length > 0 ? sure : order.filter((share) => share.able(cls) === undefined).slice(0, 1);
  if (sure.length === 0) for (const share of able) share.isGuess = true;
  for (const [at, share] of able.entries()) {
    const perJobS = meanEstimateS(state, cls, share.gpu) / share.speed;
    const restS = Math.min(rest.jobs * perJobS, rest.slots * targetWaitS);
    if (restS <= 0) return;
    const roomS = share.nodesMax * targetWaitS - share.runningS - share.waitingS;
    const takenS = at === able.length - 1 ? restS : Math.min(restS, Math.max(0, roomS));
    if (takenS <= 0) continue;
    // Less than a thousandth of a job more is an error of the division.
    const jobs = Math.min(rest.jobs, Math.ceil(takenS / perJobS - 0.001));
    share.waitingS += takenS;
    share.jobs += Math.min(rest.slots, takenS < restS ? jobs : rest.jobs);
    if (takenS === restS) return;
    rest.jobs -= jobs;
    rest.slots -= takenS / targetWaitS;
  }
}

/** How many of its jobs may run at once more. */
function slotsOf({ workflow }: ClassState): number {
  return workflow ? Math.max(0, workflow.maxActive - workflow.active) : Infinity;
}

function wishOf(
  { members, nodesMax, runningS, busy, waitingS, jobs, isGuess }: Share,
  targetWaitS: number,
): PoolWish {
  const backlogS = waitingS + runningS;
  const most = Math.min(nodesMax, busy + jobs, isGuess ? Math.max(1, busy) : Infinity);
  // Less than a thousandth of a node more is an error of estimates, and buys none.
  const forAll = Math.max(jobs > 0 ? 1 : 0, Math.ceil(backlogS / targetWaitS - 0.001));
  const nodesWanted = Math.min(most, Math.max(busy, forAll));
  return { nodesWanted, nodes: members.length, nodesBusy: busy, waitingJobs: jobs, backlogS };
}

function meanSpeed(members: readonly NodeState[]): number {
  return members.length === 0 ? 1 : members.reduce((sum, { speed }) => sum + speed, 0) / members.length;
}
