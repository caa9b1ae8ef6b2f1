/**
 * What the cluster knows of one node, as its owner wrote it: version by version, in the database. Times go in and out as
 * durations, for only the database's clock is everybody's.
 */
import type { Breaker } from './breaker.js';
import type { HealthFlag, HealthState, NodeHealth } from './health.js';

/** The owner's word on a node, as of version `ver`. */
export interface NodeTruth {
  ver: number;
  state: HealthState['name'];
  reason: string | null;
  flags: HealthFlag[];
  breaker: BreakerRecord;
  /** Since the owner last heard of it; null: never. */
  unseenForMs: number | null;
}

export interface BreakerRecord {
  state: Breaker['state'];
  /** Of an open one. */
  remainingMs: number | null;
  consecutiveFaults: number;
  timesOpened: number;
  canary: string | null;
}

/** An owner's word that is older than this says nothing of how the node answers now. */
const freshMs = 20_000;

export function breakerFrom(record: BreakerRecord, nowMs: number): Breaker {
  const { timesOpened } = record;
  switch (record.state) {
    case 'closed':
      return { state: 'closed', consecutiveFaults: record.consecutiveFaults, timesOpened };
    case 'open':
      return { state: 'open', untilMs: nowMs + (record.remainingMs ?? 0), timesOpened };
    case 'half_open':
      return { state: 'half_open', canary: record.canary, timesOpened };
  }
}

export function recordOfBreaker(breaker: Breaker, nowMs: number): BreakerRecord {
  return {
    state: breaker.state,
    remainingMs: breaker.state === 'open' ? breaker.untilMs - nowMs : null,
    consecutiveFaults: breaker.state === 'closed' ? breaker.consecutiveFaults : 0,
    timesOpened: breaker.timesOpened,
    canary: breaker.state === 'half_open' ? breaker.canary : null,
  };
}

/** As everybody but the owner sees it; `admin` is the operator's and known apart. */
export function healthFrom(truth: NodeTruth, admin: NodeHealth['admin'], nowMs: number): NodeHealth {
  return { state: stateFrom(truth, nowMs), admin, flags: [...truth.flags].toSorted() };
}

/**
 * What a new owner begins with: the faults that no poll shows, how the node answers if that was heard just now, and how long it
 * has been away, which must not begin anew with each owner.
 */
export function inheritedHealth(truth: NodeTruth, admin: NodeHealth['admin'], nowMs: number): NodeHealth {
  const isFresh = truth.unseenForMs !== null && truth.unseenForMs < freshMs;
  const isAway = truth.state === 'suspect' || truth.state === 'down';
  const health = healthFrom(truth, admin, nowMs);
  return isFresh || isAway ? health : { ...health, state: { name: 'unknown' } };
}

function stateFrom({ state, reason, unseenForMs }: NodeTruth, nowMs: number): HealthState {
  switch (state) {
    case 'unknown':
      return { name: 'unknown' };
    case 'probing':
    case 'ready':
      return { name: state, sinceMs: nowMs, failing: null };
    case 'suspect':
      return {
        name: 'suspect',
        sinceMs: nowMs,
        failing: { failures: 2, firstFailureAtMs: nowMs - (unseenForMs ?? 0), lastCause: 'timeout' },
      };
    case 'incompatible':
      return { name: 'incompatible', sinceMs: nowMs, failing: null, reasons: [reason ?? ''] };
    case 'down':
      return { name: 'down', sinceMs: nowMs, cause: 'timeout', inventoried: true };
  }
}
