/**
 * The scheduler's one entry: an event goes in, the state advances, decisions come out.
 *
 * Guarantees: no clock, no I/O, no randomness; the same state and event give the same decisions; a decision is already part
 * of the state, so whoever could not carry it out says so (`attempt-closed` with `not_opened`, then `heads` with the job if it
 * still waits). Costs grow with nodes and classes, not with queued jobs.
 */
import { close, open, openForeign, progressed, reconsiderAll, started } from './nodes/attempts.js';
import { runLeastQueue } from './round/least-queue.js';
import { forget, setModelSize } from './nodes/memory.js';
import { newJob, replaceWindow, tenantLimit } from './queue/queue.js';
import {
  removeClass,
  removeNode,
  setReadiness,
  upsertClass,
  upsertNode,
  workflowLimit,
} from './nodes/registry.js';
import { runRound } from './round/round.js';
import type { ClassState, NodeState, SchedulerState } from './state.js';
import { reopen, tick, upkeep } from './round/upkeep.js';
import type { Decision, SchedulingEvent } from './types.js';

export function decide(state: SchedulerState, event: SchedulingEvent): Decision[] {
  const decisions: Decision[] = [];
  state.nowMs = Math.max(state.nowMs, event.nowMs);
  apply(state, event, decisions);
  reopen(state, decisions);
  // Until the jobs of tenants that were left out are known, nobody can tell who is first.
  if (state.reopening.size === 0) place(state, decisions);
  upkeep(state, decisions);
  return decisions;
}

function place(state: SchedulerState, decisions: Decision[]): void {
  if (state.options.policy === 'cost') runRound(state, decisions);
  else runLeastQueue(state, decisions);
}

function apply(state: SchedulerState, event: SchedulingEvent, decisions: Decision[]): void {
  switch (event.kind) {
    case 'node':
      return upsertNode(state, event.node, event.resident);
    case 'node-removed':
      return removeNode(state, event.nodeId);
    case 'readiness':
      return setReadiness(state, event.classId, event.refusals);
    case 'residency-void':
      return withNode(state, event.nodeId, (node) => forget(state, node));
    case 'models':
      for (const [name, bytes] of Object.entries(event.sizesBytes)) setModelSize(state, name, bytes);
      return;
    case 'class':
      return upsertClass(state, event.class);
    case 'class-removed':
      return removeClass(state, event.classId);
    case 'tenant':
      tenantLimit(state, event.tenantId).maxActive = event.maxActive;
      return reconsiderAll(state);
    case 'workflow':
      workflowLimit(state, event.workflowId).maxActive = event.maxActive;
      return reconsiderAll(state);
    case 'heads':
      return withClass(state, event.classId, (cls) => replaceWindow(state, cls, event.jobs, event.queued));
    case 'tick':
      return tick(state, decisions);
    case 'batch':
      for (const each of event.events) apply(state, each, decisions);
      return;
    case 'attempt-opened':
    case 'attempt-started':
    case 'progress':
    case 'attempt-closed':
      return withNode(state, event.nodeId, (node) => applyAttempt(state, node, event));
  }
}

type AttemptEvent = Extract<SchedulingEvent, { nodeId: string; jobId: string }>;

function applyAttempt(state: SchedulerState, node: NodeState, event: AttemptEvent): void {
  switch (event.kind) {
    case 'attempt-opened':
      return adopt(state, node, event);
    case 'attempt-started':
      return started(state, node, event.jobId);
    case 'progress':
      return progressed(state, node, event.jobId, event.step, event.steps);
    case 'attempt-closed':
      return close(state, node, event.jobId, event.outcome, event);
  }
}

function adopt(
  state: SchedulerState,
  node: NodeState,
  event: Extract<SchedulingEvent, { kind: 'attempt-opened' }>,
): void {
  if (state.attempts.has(event.jobId)) return;
  const cls = event.job && state.classById.get(event.job.classId);
  if (event.job && cls) open(state, newJob(state, event.job), cls, node, event.startedAtMs);
  else openForeign(state, node, event.jobId, event.startedAtMs);
}

function withNode(state: SchedulerState, nodeId: string, act: (node: NodeState) => void): void {
  const node = state.nodeById.get(nodeId);
  if (node) act(node);
}

function withClass(state: SchedulerState, classId: string, act: (cls: ClassState) => void): void {
  const cls = state.classById.get(classId);
  if (cls) act(cls);
}
