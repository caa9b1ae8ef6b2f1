/**
 * The classic balancer, to compare with: each job is bound on arrival to the able node with the fewest unfinished jobs, in
 * turn when several have as few, without regard to models, sizes or tenants; each node works off its own line in order of
 * arrival. A job is bound anew only when its node can no longer run it. Jobs beyond the windows have not arrived yet, so the
 * windows must be long.
 */
import { avoids } from '../filters/avoid.js';
import { takesWork } from '../filters/vacancy.js';
import { atLimit } from '../filters/limit.js';
import { take } from './round.js';
import type { ClassState, Job, NodeState, SchedulerState } from '../state.js';
import type { Decision } from '../types.js';

interface Waiting {
  job: Job;
  cls: ClassState;
}

export function runLeastQueue(state: SchedulerState, decisions: Decision[]): void {
  state.freshNodes.length = 0;
  state.freshClasses.clear();
  const waiting = inOrderOfArrival(state);
  for (const { job, node, cls } of bind(state, waiting)) {
    if (node.freeAt < 0 || atLimit(job.tenant) || atLimit(cls.workflow)) continue;
    state.lines.nodeOf.delete(job.spec.id);
    decisions.push(take(state, { job, cls, node, key: job.spec.effKey }));
  }
  state.freshNodes.length = 0;
  state.freshClasses.clear();
}

function inOrderOfArrival(state: SchedulerState): Waiting[] {
  const waiting: Waiting[] = [];
  for (const cls of state.classes) for (const job of cls?.window ?? []) waiting.push({ job, cls: cls! });
  return waiting.toSorted((a, b) => a.job.spec.enqueuedAtMs - b.job.spec.enqueuedAtMs || byId(a, b));
}

function bind(state: SchedulerState, waiting: readonly Waiting[]): (Waiting & { node: NodeState })[] {
  const { lines } = state;
  const present = new Set(waiting.map(({ job }) => job.spec.id));
  for (const jobId of lines.nodeOf.keys()) if (!present.has(jobId)) lines.nodeOf.delete(jobId);
  const unfinished = unfinishedOn(state, waiting);
  return waiting.flatMap(({ job, cls }) => {
    const bound = lines.nodeOf.get(job.spec.id);
    if (bound && able(state, cls, job, bound)) return { job, cls, node: bound };
    const node = shortest(state, unfinished, (each) => able(state, cls, job, each));
    if (!node) return [];
    lines.nodeOf.set(job.spec.id, node);
    lines.lastIndex = node.index;
    unfinished.set(node, (unfinished.get(node) ?? 0) + 1);
    return { job, cls, node };
  });
}

function unfinishedOn(state: SchedulerState, waiting: readonly Waiting[]): Map<NodeState, number> {
  const counts = new Map<NodeState, number>();
  const add = (node: NodeState): unknown => counts.set(node, (counts.get(node) ?? 0) + 1);
  for (const node of state.attempts.values()) add(node);
  for (const { job, cls } of waiting) {
    const node = state.lines.nodeOf.get(job.spec.id);
    if (node && able(state, cls, job, node)) add(node);
  }
  return counts;
}

function able(state: SchedulerState, cls: ClassState, job: Job, node: NodeState): boolean {
  return takesWork(node.spec) && cls.feasible.has(node.index) && !avoids(state, job, cls, node);
}

/** Equal lines are taken in turn, beginning behind the node that was bound to last. */
function shortest(
  state: SchedulerState,
  unfinished: ReadonlyMap<NodeState, number>,
  fits: (node: NodeState) => boolean,
): NodeState | undefined {
  let best: NodeState | undefined;
  for (let offset = 1; offset <= state.nodes.length; offset += 1) {
    const node = state.nodes[(state.lines.lastIndex + offset) % state.nodes.length];
    if (!node || !fits(node)) continue;
    if (!best || (unfinished.get(node) ?? 0) < (unfinished.get(best) ?? 0)) best = node;
  }
  return best;
}

function byId(a: Waiting, b: Waiting): number {
  return a.job.spec.id < b.job.spec.id ? -1 : 1;
}
