/** What the nodes' own records tell of a stretch of work. */
import { quantile } from '../quantile.js';

/** By the clock of the node, in epoch milliseconds. */
export interface Run {
  beganMs: number;
  endedMs: number;
}

export interface Figures {
  runs: number;
  perSecond: number;
  /** Of the time between the first and the last run of each node. */
  busyShare: number;
  gapP50Ms: number;
  gapP99Ms: number;
}

export const endedSince = (nodes: readonly Run[][], sinceMs: number): number =>
  nodes.flat().filter(({ beganMs }) => beganMs >= sinceMs).length;

/** A gap is what passes between the end of a run and the begin of the next on the same node. */
export function figuresOf(nodes: readonly Run[][], sinceMs: number): Figures {
  const mine = nodes.map((runs) => runs.filter(({ beganMs }) => beganMs >= sinceMs).toSorted(byBegin));
  const gaps = mine.flatMap((runs) => runs.slice(1).map(({ beganMs }, at) => beganMs - runs[at]!.endedMs));
  const all = mine.flat();
  const busyMs = sum(all.map(({ beganMs, endedMs }) => endedMs - beganMs));
  const tookMs =
    Math.max(...all.map(({ endedMs }) => endedMs)) - Math.min(...all.map(({ beganMs }) => beganMs));
  return {
    runs: all.length,
    perSecond: (all.length * 1000) / tookMs,
    busyShare: busyMs / (busyMs + sum(gaps)),
    gapP50Ms: quantile(gaps, 0.5),
    gapP99Ms: quantile(gaps, 0.99),
  };
}

const byBegin = (one: Run, other: Run): number => one.beganMs - other.beganMs;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
