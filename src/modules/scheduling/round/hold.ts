/**
 * Hold: a job is kept back from a cold idle node while a busy node that has its models would still cost less: sooner to begin,
 * or not so much later to end that a load is worth it.
 *
 * Guarantees: a job is held for at most `holdMs` in total, however often it is handed over and taken back; no more jobs of a class are held than warm nodes will take.
 */
import { costS } from '../score/index.js';
import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';

const maxRemembered = 4_000;

/** The busy warm node worth waiting for, or undefined: take the cold one. */
export function warmNodeToWaitFor(
  state: SchedulerState,
  job: Job,
  cls: ClassState,
  cold: NodeState,
): NodeState | undefined {
  if (cold.warm.has(cls.index) || spent(state, job) || cls.queued > mostWarm(state, cls)) return undefined;
  const limitS = costS(state, job, cls, cold);
  let count = 0;
  let best: NodeState | undefined;
  let bestS = limitS;
  cls.warm.forEachCommon(cls.feasible, (index) => {
    const node = state.nodes[index]!;
    if (!node.running || node.freeAt >= 0 || !node.spec.accepts) return;
    const warmS = costS(state, job, cls, node);
    if (warmS >= limitS) return;
    count += 1;
    if (warmS < bestS) [best, bestS] = [node, warmS];
  });
  return cls.queued <= count ? best : undefined;
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
