/**
 * When queued jobs will probably start and end: the first jobs of all classes are dealt out to the nodes in order of their
 * keys, as if every estimate came true; what lies beyond them is spread over the nodes that can run it.
 *
 * Good for telling a person, not for deciding: affinity, holds and later priorities change the order within their bounds.
 */
import { estimateS, keysOf, meanEstimateS } from '../estimator/estimate.js';
import { estimateRun } from '../estimator/run-time.js';
import { takesWork } from '../filters/vacancy.js';
import { order } from '../queue/order.js';
import { executionS } from '../score/execution.js';
import { remainingS } from '../score/remaining.js';
import { switchingS } from '../score/switching.js';
import type { Attempt, ClassState, Job, NodeState, SchedulerState } from '../state.js';

export interface Eta {
  /** 1: next. Counts the jobs in memory that sort before it. */
  queuePosition: number;
  startMs: number;
  endMs: number;
  /** Nine of ten jobs end before this. */
  endP90Ms: number;
}

/** What holds for a job of the class that lies behind all the jobs dealt out. */
export interface Beyond {
  eta: Eta;
  /** By how much each job more before it delays it. */
  perJobMs: number;
}

const z90 = 1.2816;

/** The jobs of all windows in order, `jobsMax` of them. */
export interface Dealt {
  job: Job;
  cls: ClassState;
}

export function firstJobs(state: SchedulerState, jobsMax: number): Dealt[] {
  const jobs: Dealt[] = [];
  state.withHeads.forEachCommon(state.withHeads, (index) => {
    const cls = state.classes[index]!;
    for (const job of cls.window) jobs.push({ job, cls });
  });
  return jobs.toSorted((a, b) => order(a.job, b.job)).slice(0, jobsMax);
}

/** Gives each job to the node that would be free for it first; `nodes` names it by job. No entry: no node that takes work can run it. */
export function dealOut(
  state: SchedulerState,
  jobs: readonly Dealt[],
): { etas: Map<string, Eta>; nodes: Map<string, string>; beyond: (cls: ClassState) => Beyond | undefined } {
  const freeAtS = new Map<NodeState, number>();
  for (const node of state.nodes) if (node) freeAtS.set(node, remainingS(state, node));
  const etas = new Map<string, Eta>();
  const nodes = new Map<string, string>();
  for (const [at, { job, cls }] of jobs.entries()) {
    const node = soonest(accepting(state, cls), freeAtS);
    if (!node) continue;
    const startS = freeAtS.get(node)! + switchingS(state, cls, node);
    const runS = executionS(state, job, cls, node);
    etas.set(job.spec.id, toEta(state, at + 1, startS, runS, sigmaOf(state, cls, node, job)));
    nodes.set(job.spec.id, node.spec.id);
    freeAtS.set(node, startS + runS);
  }
  return { etas, nodes, beyond: (cls) => beyondOf(state, cls, jobs.length, freeAtS) };
}

function beyondOf(
  state: SchedulerState,
  cls: ClassState,
  dealt: number,
  freeAtS: ReadonlyMap<NodeState, number>,
): Beyond | undefined {
  const nodes = accepting(state, cls);
  const node = soonest(nodes, freeAtS);
  if (!node) return undefined;
  const meanS = meanEstimateS(state, cls);
  const startS = freeAtS.get(node)! + switchingS(state, cls, node);
  const eta = toEta(state, dealt + 1, startS, meanS / node.speed, sigmaOf(state, cls, node));
  return { eta, perJobMs: (meanS * 1000) / nodes.reduce((sum, each) => sum + each.speed, 0) };
}

/** When a node that takes work has done all that it was given. */
export interface NodeFree {
  nodeId: string;
  atMs: number;
  p90Ms: number;
}

export function nodeFree(state: SchedulerState, node: NodeState): NodeFree {
  const atMs = state.nowMs + remainingS(state, node) * 1000;
  const ends = [node.running, node.next].flatMap((attempt) =>
    attempt ? runningEta(state, node, attempt).endP90Ms : [],
  );
  return { nodeId: node.spec.id, atMs, p90Ms: Math.max(atMs, ...ends) };
}

/** Of a job that runs, or waits in its node's own queue. */
export function runningEta(state: SchedulerState, node: NodeState, attempt: Attempt): Eta {
  const { job, cls } = attempt;
  const startMs = attempt === node.next ? Math.max(state.nowMs, node.running!.endMs) : attempt.startedAtMs;
  const runS = job && cls ? estimateS(state, job, cls, node.gpu) / node.speed : 0;
  const lengthMs = attempt === node.next ? (attempt.setUpS + runS) * 1000 : attempt.endMs - startMs;
  const endMs = Math.max(state.nowMs, startMs + lengthMs);
  const sigma = attempt.endIsLive || !cls ? 0 : sigmaOf(state, cls, node, job);
  return { queuePosition: 0, startMs, endMs, endP90Ms: endMs + runS * 1000 * (Math.exp(z90 * sigma) - 1) };
}

/** Errors ahead of a job average out; its own does not. */
function toEta(
  { nowMs }: SchedulerState,
  queuePosition: number,
  waitS: number,
  runS: number,
  sigma: number,
): Eta {
  const startMs = nowMs + waitS * 1000;
  const waitErrorS = (z90 * sigma * waitS) / Math.sqrt(queuePosition);
  const runErrorS = runS * (Math.exp(z90 * sigma) - 1);
  return {
    queuePosition,
    startMs,
    endMs: startMs + runS * 1000,
    endP90Ms: startMs + (runS + Math.hypot(waitErrorS, runErrorS)) * 1000,
  };
}

function sigmaOf(state: SchedulerState, cls: ClassState, node: NodeState, job?: Job): number {
  return estimateRun(state.runTimes, keysOf(state, cls, node.gpu), job?.spec.workUnits ?? 1).sigma;
}

function soonest(
  nodes: readonly NodeState[],
  freeAtS: ReadonlyMap<NodeState, number>,
): NodeState | undefined {
  let best = nodes[0];
  for (const node of nodes) if (freeAtS.get(node)! < freeAtS.get(best!)!) best = node;
  return best;
}

function accepting(state: SchedulerState, cls: ClassState): NodeState[] {
  const nodes: NodeState[] = [];
  cls.feasible.forEachCommon(cls.feasible, (index) => {
    const node = state.nodes[index]!;
    if (takesWork(node.spec)) nodes.push(node);
  });
  return nodes;
}
