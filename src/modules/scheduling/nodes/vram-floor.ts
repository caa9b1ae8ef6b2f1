/**
 * How much memory a class turned out to need: it ran out of memory on nodes that have as much as the workflow states.
 *
 * Two failures in a row bar the class from nodes of that size or less for an hour, after which one more try tells whether it still
 * holds; a run that succeeds there lifts it at once. One failure proves little: another process may have had the memory. Where no
 * node has more, nothing is barred, for a job that may fail is better than one that waits for ever.
 */
import type { ClassState, NodeState, SchedulerState } from '../state.js';

const enoughFailures = 2;
const barredMs = 3_600_000;
const maxFloors = 1_000;

export function noteOutOfMemory(state: SchedulerState, cls: ClassState, { spec }: NodeState): void {
  const { vramFloors, nowMs } = state;
  const known = vramFloors.get(cls.spec.id);
  vramFloors.delete(cls.spec.id);
  vramFloors.set(cls.spec.id, {
    failedBytes: Math.max(spec.vramBytes, known?.failedBytes ?? 0),
    failures: (known?.failures ?? 0) + 1,
    lastMs: nowMs,
  });
  if (vramFloors.size <= maxFloors) return;
  const [oldest] = vramFloors.keys();
  const dropped = state.classById.get(oldest!);
  if (dropped) dropped.vramFloorBytes = 0;
  vramFloors.delete(oldest!);
}

export function noteEnoughMemory(state: SchedulerState, cls: ClassState, { spec }: NodeState): void {
  const known = state.vramFloors.get(cls.spec.id);
  if (known && spec.vramBytes <= known.failedBytes) known.failures = 0;
}

/** The least memory of a node that has more than what did not do; 0 while nothing is barred. */
export function floorBytes(state: SchedulerState, { spec, refusals }: ClassState): number {
  const known = state.vramFloors.get(spec.id);
  if (!known || known.failures < enoughFailures || state.nowMs >= known.lastMs + barredMs) return 0;
  let least = Infinity;
  for (const node of state.nodes) {
    if (!node || node.spec.vramBytes <= known.failedBytes || refusals[node.spec.id]) continue;
    least = Math.min(least, node.spec.vramBytes);
  }
  return least === Infinity ? 0 : least;
}
