/** What runs where: the node's timeline from hand-over to close, and what a finished run teaches. */
import { estimateS } from '../estimator/estimate.js';
import { liveEndMs, newLiveRun, observeStep } from '../estimator/live-run.js';
import { learn } from '../estimator/learn.js';
import { tailMs } from '../estimator/tails.js';
import { forget, load, noteRun, setMemory } from './memory.js';
import { refreshFloors, refreshVacancy } from './registry.js';
import { learnUpload } from './upload-rate.js';
import { noteEnoughMemory, noteOutOfMemory } from './vram-floor.js';
import { loraS } from '../score/lora.js';
import { switchingS } from '../score/switching.js';
import { uploadBytes, uploadS } from '../score/upload.js';
import type { Attempt, ClassState, Job, Limit, NodeState, SchedulerState } from '../state.js';
import type { AttemptOutcome } from '../types.js';

const foreignRunMs = 120_000;

/** Puts the job on the node; the caller has taken it out of its class. */
export function open(
  state: SchedulerState,
  job: Job,
  cls: ClassState,
  node: NodeState,
  startedAtMs = state.nowMs,
): void {
  const { residency } = node;
  const attempt: Attempt = {
    jobId: job.spec.id,
    job,
    cls,
    placedAtMs: state.nowMs,
    dueMs: node.running?.endMs ?? state.nowMs,
    startedAtMs,
    begun: false,
    setUpS: switchingS(state, cls, node) + loraS(state, cls, node) + uploadS(job, node),
    uploadBytes: uploadBytes(job, node),
    loading: node.warm.has(cls.index) ? [] : cls.models.filter((id) => !residency.models.includes(id)),
    patched: node.loraKey !== cls.loraKey,
    endMs: 0,
    endIsLive: false,
    live: undefined,
    withdrawing: false,
    before: {
      models: residency.models.slice(),
      sizesBytes: residency.sizesBytes.slice(),
      loraKey: node.loraKey,
    },
  };
  attempt.endMs = startedAtMs + lengthMs(state, attempt, node);
  noteRun(state, cls, (attempt.endMs - startedAtMs) / 1000 - attempt.setUpS);
  load(state, cls, node);
  node.loraKey = cls.loraKey;
  job.tenant.active += 1;
  if (cls.workflow) cls.workflow.active += 1;
  occupy(state, node, attempt);
}

/** A prompt nobody here placed: its models are unknown, and so is what it left in memory. */
export function openForeign(
  state: SchedulerState,
  node: NodeState,
  jobId: string,
  startedAtMs: number,
): void {
  forget(state, node);
  occupy(state, node, {
    jobId,
    job: undefined,
    cls: undefined,
    placedAtMs: startedAtMs,
    dueMs: startedAtMs,
    startedAtMs,
    begun: false,
    setUpS: 0,
    uploadBytes: 0,
    loading: [],
    patched: false,
    endMs: startedAtMs + foreignRunMs,
    endIsLive: false,
    live: undefined,
    withdrawing: false,
    before: { models: [], sizesBytes: [], loraKey: '' },
  });
}

function occupy(state: SchedulerState, node: NodeState, attempt: Attempt): void {
  if (node.running) node.next = attempt;
  else node.running = attempt;
  node.lastUsedMs = state.nowMs;
  state.attempts.set(attempt.jobId, node);
  refreshVacancy(state, node);
}

function lengthMs(state: SchedulerState, { job, cls, setUpS }: Attempt, node: NodeState): number {
  const runS = job && cls ? estimateS(state, job, cls, node.gpu) / node.speed : foreignRunMs / 1000;
  return (setUpS + runS) * 1000;
}

/** The start of slot 1 may be heard before the end of the run before it, which is read and recorded first: it counts from then on. */
export function started(state: SchedulerState, node: NodeState, jobId: string): void {
  const attempt = node.next?.jobId === jobId ? node.next : node.running;
  if (attempt?.jobId !== jobId) return;
  attempt.startedAtMs = state.nowMs;
  attempt.begun = true;
  if (attempt !== node.running) return;
  if (!attempt.endIsLive) attempt.endMs = state.nowMs + lengthMs(state, attempt, node);
  refreshVacancy(state, node);
}

export function progressed(
  state: SchedulerState,
  node: NodeState,
  jobId: string,
  step: number,
  steps: number,
): void {
  const { running } = node;
  if (running?.jobId !== jobId) return;
  running.live ??= newLiveRun();
  observeStep(running.live, step, steps, state.nowMs);
  const tail = running.cls ? tailMs(state.tails, running.cls.spec.profileId, node.spec.gpuClass) : 0;
  const endMs = liveEndMs(running.live, tail);
  if (endMs === undefined) return;
  running.endMs = endMs;
  running.endIsLive = true;
  refreshVacancy(state, node);
}

/** The attempt is over: learns from it, frees its slot and moves slot 1 up. */
export function close(
  state: SchedulerState,
  node: NodeState,
  jobId: string,
  outcome: AttemptOutcome,
  times: { runMs?: number | undefined; loadMs?: number | undefined; uploadMs?: number | undefined },
): void {
  const attempt = node.running?.jobId === jobId ? node.running : node.next;
  if (attempt?.jobId !== jobId) return;
  state.attempts.delete(jobId);
  learnUpload(node, attempt, times.uploadMs);
  if (outcome === 'ok') {
    state.heldSinceMs.delete(jobId);
    learn(state, node, attempt, times);
  }
  if (attempt.cls) learnMemory(state, node, attempt.cls, outcome);
  remember(state, node, attempt, outcome);
  release(state, attempt);
  if (attempt === node.running) advance(state, node);
  else node.next = undefined;
  node.lastUsedMs = state.nowMs;
  refreshVacancy(state, node);
}

function learnMemory(state: SchedulerState, node: NodeState, cls: ClassState, outcome: AttemptOutcome): void {
  if (outcome === 'oom') noteOutOfMemory(state, cls, node);
  else if (outcome === 'ok') noteEnoughMemory(state, cls, node);
  else return;
  refreshFloors(state);
}

/** What the outcome says about the node's memory. */
function remember(state: SchedulerState, node: NodeState, attempt: Attempt, outcome: AttemptOutcome): void {
  switch (outcome) {
    case 'ok':
    case 'failed':
      return;
    case 'oom':
    case 'lost':
      forget(state, node);
      return;
    case 'withdrawn':
    case 'not_opened':
      setMemory(state, node, attempt.before);
      node.loraKey = attempt.before.loraKey;
  }
}

function release(state: SchedulerState, { job, cls }: Attempt): void {
  if (job) releaseLimit(state, job.tenant);
  if (cls?.workflow) releaseLimit(state, cls.workflow);
}

function releaseLimit(state: SchedulerState, limit: Limit): void {
  const wasFull = limit.active >= limit.maxActive;
  limit.active -= 1;
  if (wasFull) reconsiderAll(state);
}

/** A limit moved: any class may have become eligible on any free node. */
export function reconsiderAll(state: SchedulerState): void {
  for (const cls of state.classes) {
    if (!cls) continue;
    if (cls.window.length > 0) state.freshClasses.add(cls);
    if (cls.window.length > 0 || cls.excluded.length > 0) state.touched.add(cls);
  }
}

function advance(state: SchedulerState, node: NodeState): void {
  node.running = node.next;
  node.next = undefined;
  if (!node.running) return;
  if (!node.running.begun) node.running.startedAtMs = state.nowMs;
  node.running.endMs = node.running.startedAtMs + lengthMs(state, node.running, node);
}
