import { measure } from '../metrics.js';
import { runTrace, type RunRecord } from '../run.js';
import type { Trace } from '../trace.js';
import { planner, type Manner } from './planner.js';

const manners: readonly Manner[] = [
  { loadWeight: 4, horizonMs: 0 },
  { loadWeight: 16, horizonMs: 0 },
  { loadWeight: 64, horizonMs: 0 },
  { loadWeight: 16, horizonMs: 5_000 },
];

/**
 * The reference that no policy may know: of several schedules made with the truth, the one with the least mean wait. It binds itself
 * to no bound on overtaking, so that its mean is far below what a fair policy can have, and its longest waits are far above.
 */
export function bestPlan(trace: Trace, seed: number): RunRecord {
  const [first, ...others] = manners.map((manner) => runTrace(trace, planner(trace, manner), seed));
  return others.reduce((best, record) => (meanWaitS(record) < meanWaitS(best) ? record : best), first!);
}

function meanWaitS(record: RunRecord): number {
  return measure(record).waitMeanS;
}
