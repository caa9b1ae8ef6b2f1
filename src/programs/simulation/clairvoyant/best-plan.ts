import { switchesFor } from '../experiment.js';
import { measure } from '../metrics.js';
import { ours } from '../policies/ours.js';
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
 * The reference that no policy may know: of several schedules made with the truth, the one with the least mean wait. Each can be
 * carried out, so the least that is possible is no more than it; none is proven to be the least. The planner's bind themselves to no
 * bound on overtaking, so that their longest waits are far above those of a fair policy; the last is our own rule, told true run times.
 */
export function bestPlan(trace: Trace, seed: number): RunRecord {
  const planned = manners.map((manner) => runTrace(trace, planner(trace, manner), seed));
  return planned.reduce(
    (best, record) => (meanWaitS(record) < meanWaitS(best) ? record : best),
    oursTold(trace, seed),
  );
}

/** Requests that name their true run time: what is learned of them fits every one. */
function oursTold(trace: Trace, seed: number): RunRecord {
  const jobs = trace.jobs.map((job) => ({ ...job, workUnits: job.baseMs / 1000 }));
  return runTrace({ ...trace, jobs }, ours(switchesFor(trace, {})), seed);
}

function meanWaitS(record: RunRecord): number {
  return measure(record).waitMeanS;
}
