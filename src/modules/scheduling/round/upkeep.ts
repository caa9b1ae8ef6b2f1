/** What is due apart from placing: pins, holds that end, prompts to take back, windows to fill up. */
import { withdrawal } from './hand-over.js';
import { atLimit } from '../filters/limit.js';
import { refreshFloors, refreshVacancy } from '../nodes/registry.js';
import { refreshBias } from './pick.js';
import { reserve } from './reserve.js';
import { endS } from '../score/index.js';
import { remainingS } from '../score/remaining.js';
import { updatePace } from '../queue/virtual-time.js';
import type { Attempt, ClassState, Job, NodeState, SchedulerState } from '../state.js';
import type { Decision } from '../types.js';

/** Once a second or when asked to wake: things that happen because time went by. */
export function tick(state: SchedulerState, decisions: Decision[]): void {
  state.wakeAtMs = Infinity;
  updatePace(state);
  refreshFloors(state);
  refreshBias(state);
  reserve(state);
  for (const cls of state.held) state.freshClasses.add(cls);
  for (const node of state.nodes) if (node?.running) refreshVacancy(state, node);
  withdrawOvertaken(state, decisions);
}

export function upkeep(state: SchedulerState, decisions: Decision[]): void {
  if (state.touched.size > 0) {
    for (let at = 0; at < state.touched.size; at += 1) refill(state, state.touched.at(at), decisions);
    state.touched.clear();
  }
  if (state.held.size === 0) return;
  let wakeAtMs = Infinity;
  for (const cls of state.held) {
    wakeAtMs = Math.min(wakeAtMs, cls.hold!.job.heldSinceMs + state.options.holdMs);
  }
  if (wakeAtMs >= state.wakeAtMs) return;
  state.wakeAtMs = wakeAtMs;
  decisions.push({ kind: 'wake', atMs: wakeAtMs });
}

/** Asks for the jobs of tenants that were left out and may be served again: they may be the first of all. */
export function reopen(state: SchedulerState, decisions: Decision[]): void {
  for (let at = 0; at < state.touched.size; at += 1) {
    const cls = state.touched.at(at);
    if (cls.loading || !cls.excluded.some((id) => !atLimit(state.tenants.get(id)))) continue;
    state.reopening.add(cls);
    load(state, cls, decisions);
  }
}

/** Asks for more jobs when a window runs low or holds only jobs at a limit. */
function refill(state: SchedulerState, cls: ClassState, decisions: Decision[]): void {
  if (cls.loading || cls.complete || !isShort(cls.window, state.options.windowSize)) return;
  load(state, cls, decisions);
}

function load(state: SchedulerState, cls: ClassState, decisions: Decision[]): void {
  const limit = state.options.windowSize;
  const full = [...cls.window.map((job) => job.spec.tenantId), ...cls.excluded];
  const excludeTenantIds = [...new Set(full)].filter((id) => atLimit(state.tenants.get(id))).toSorted();
  cls.loading = true;
  cls.excluded = excludeTenantIds;
  decisions.push({ kind: 'load-heads', classId: cls.spec.id, limit, excludeTenantIds });
}

function isShort(window: readonly Job[], limit: number): boolean {
  return window.length < limit / 2 || window.every((job) => atLimit(job.tenant));
}

function withdrawOvertaken(state: SchedulerState, decisions: Decision[]): void {
  for (const node of state.nodes) {
    const next = node?.next;
    if (!node || !next || next.withdrawing || next.begun) continue;
    const cause = withdrawal({
      nowMs: state.nowMs,
      dueMs: next.dueMs,
      overshootMs: state.options.overshootMs,
      costS: remainingS(state, node),
      idleCostS: idleCostS(state, next, node),
    });
    if (!cause) continue;
    next.withdrawing = true;
    decisions.push({ kind: 'withdraw', jobId: next.jobId, nodeId: node.spec.id, cause });
  }
}

/** What the prompt would cost on the best idle node, to compare with where it waits. */
function idleCostS(state: SchedulerState, { job, cls }: Attempt, at: NodeState): number {
  if (!job || !cls) return Infinity;
  let least = Infinity;
  for (const node of state.free) {
    if (node !== at && cls.feasible.has(node.index)) least = Math.min(least, endS(state, job, cls, node));
  }
  return least;
}
