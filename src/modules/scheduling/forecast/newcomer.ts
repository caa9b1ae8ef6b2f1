/**
 * When a job would start and end that nobody has submitted, by the last forecast: behind the jobs whose keys sort before its own, on the
 * node on which it would end first. Good for telling a person, as `eta.ts` is.
 */

/** A node that could run it. Times are milliseconds on the clock of the forecast. */
export interface Candidate {
  nodeId: string;
  /** When it has done what it was given. */
  freeAtMs: number;
  freeP90Ms: number;
  /** Of the models that it does not hold. */
  loadMs: number;
  run: { p50Ms: number; p90Ms: number };
}

/** A waiting job, dealt to a node. */
export interface Waiter {
  effKey: number;
  nodeId?: string | undefined;
  eta?: { endMs: number; endP90Ms: number } | undefined;
}

export interface Newcomer {
  nowMs: number;
  effKey: number;
  /** Jobs before it that were not dealt to any node, and how long one of them takes the cluster. */
  beyond: { jobs: number; perJobMs: number };
}

export interface Foreseen {
  nodeId: string;
  startMs: number;
  startP90Ms: number;
  endMs: number;
  endP90Ms: number;
}

/** Undefined without candidates. */
export function foresee(
  newcomer: Newcomer,
  candidates: readonly Candidate[],
  waiting: readonly Waiter[],
): Foreseen | undefined {
  const before = waiting.filter(({ effKey }) => effKey <= newcomer.effKey);
  const foreseen = candidates.map((candidate) => onNode(newcomer, candidate, before));
  return foreseen.toSorted((one, other) => one.endMs - other.endMs)[0];
}

function onNode(
  { nowMs, beyond }: Newcomer,
  { nodeId, freeAtMs, freeP90Ms, loadMs, run }: Candidate,
  before: readonly Waiter[],
): Foreseen {
  const etas = before.flatMap((waiter) => (waiter.nodeId === nodeId && waiter.eta ? waiter.eta : []));
  const delayMs = beyond.jobs * beyond.perJobMs + loadMs;
  const startMs = Math.max(nowMs, freeAtMs, ...etas.map(({ endMs }) => endMs)) + delayMs;
  const latestMs = Math.max(nowMs, freeP90Ms, ...etas.map(({ endP90Ms }) => endP90Ms)) + delayMs;
  const startP90Ms = Math.max(startMs, latestMs);
  const endMs = startMs + run.p50Ms;
  // Errors before a job and its own are independent.
  const endP90Ms = endMs + Math.hypot(startP90Ms - startMs, Math.max(0, run.p90Ms - run.p50Ms));
  return { nodeId, startMs, startP90Ms, endMs, endP90Ms };
}
