/**
 * Hold: a job is kept back from an idle node while a busy node that has its models would still cost less: sooner to begin, or not so
 * much later to end that a load, or the last free copy of what others need, is worth it.
 *
 * Guarantees: a job is held for at most `holdMs` in total, however often it is handed over and taken back; no more jobs of a class are
 * held than warm nodes will begin before that is no longer so: many short ones, or one that takes as long as a load.
 */
import { executionS } from '../score/execution.js';
import { costS } from '../score/index.js';
import { occupationS } from '../score/others/occupation.js';
import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';

const maxRemembered = 4_000;

/** The busy warm node worth waiting for, or undefined: take the idle one. */
export function warmNodeToWaitFor(
  state: SchedulerState,
  job: Job,
  cls: ClassState,
  idle: NodeState,
): NodeState | undefined {
  if (spent(state, job) || costsNobody(state, job, cls, idle)) return undefined;
  const runS = executionS(state, job, cls, idle);
  const limitS = costS(state, job, cls, idle);
  if (cls.queued > mostWarm(state, cls) * runsWithin(limitS, runS)) return undefined;
  let count = 0;
  let best: NodeState | undefined;
  let bestS = limitS;
  cls.warm.forEachCommon(cls.feasible, (index) => {
    const node = state.nodes[index]!;
    if (!node.running || node.freeAt >= 0 || !node.spec.accepts) return;
    const warmS = costS(state, job, cls, node);
    if (warmS >= limitS) return;
    count += runsWithin(limitS - warmS, runS);
    if (warmS < bestS) [best, bestS] = [node, warmS];
  });
  return cls.queued <= count ? best : undefined;
}

/** Nothing has to be loaded there, and nobody else needs it. */
function costsNobody(state: SchedulerState, job: Job, cls: ClassState, idle: NodeState): boolean {
  return idle.warm.has(cls.index) && occupationS(state, job, cls, idle) === 0;
}

/** So many runs does one node begin in that time, the first at once. */
function runsWithin(seconds: number, runS: number): number {
  return 1 + Math.floor(seconds / runS);
}

/** The job is kept back from now on, unless it was before. */
export function hold(state: SchedulerState, job: Job, cls: ClassState, node: NodeState): void {
  if (job.heldSinceMs === 0) {
    job.heldSinceMs = state.nowMs;
    remember(state, job);
  }
  cls.hold = { job, node };
  state.held.add(cls);
}

function remember({ heldSinceMs }: SchedulerState, job: Job): void {
  heldSinceMs.set(job.spec.id, job.heldSinceMs);
  if (heldSinceMs.size <= maxRemembered) return;
  for (const oldest of heldSinceMs.keys()) {
    heldSinceMs.delete(oldest);
    return;
  }
}

/**
 * Not held any more: it was placed, or it looks at the free nodes anew (at each tick, when a node that fits became free, when its class
 * changed) and is held again only if the warm node is still sooner. `overheld` lets it go first where it would be overtaken beyond the bound.
 */
export function endHold(state: SchedulerState, cls: ClassState): void {
  if (!cls.hold) return;
  cls.hold = undefined;
  state.held.delete(cls);
}

/** At most this many nodes hold all its models: the copies of the rarest. */
function mostWarm(state: SchedulerState, cls: ClassState): number {
  let least = Infinity;
  for (const model of cls.models) least = Math.min(least, state.models[model]!.copies);
  return least;
}

function spent(state: SchedulerState, job: Job): boolean {
  return job.heldSinceMs > 0 && state.nowMs >= job.heldSinceMs + state.options.holdMs;
}
