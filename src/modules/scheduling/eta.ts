/**
 * When a queued job will probably start and end: the first jobs of all classes are dealt out to the nodes in order of their
 * keys, as if every estimate came true; what lies beyond the windows is spread over the nodes that can run it.
 *
 * Good for telling a person, not for deciding: affinity, holds and later priorities change the order within their bounds.
 */
import { keysOf, meanEstimateS } from './estimate.js';
import { estimateRun } from './estimator/run-time.js';
import { order } from './order.js';
import { executionS } from './score/execution.js';
import { remainingS } from './score/remaining.js';
import { switchingS } from './score/switching.js';
import type { ClassState, Job, NodeState, SchedulerState } from './state.js';

export interface Eta {
  /** 1: next. Counts the jobs in memory that sort before it, plus those outside that the caller knows of. */
  queuePosition: number;
  startMs: number;
  endMs: number;
  /** The run time that nine of ten such runs stay under; add to `startMs`. */
  runP90Ms: number;
  /** Nine of ten jobs end before this. */
  endP90Ms: number;
}

const dealtMax = 512;
const z90 = 1.2816;

/**
 * @param ahead jobs of other positions outside the windows that sort before it (0 when the job is in its window)
 * @returns undefined when no node that takes work can run it
 */
export function estimateEta(
  state: SchedulerState,
  classId: string,
  jobId: string,
  ahead = 0,
): Eta | undefined {
  const cls = state.classById.get(classId);
  const nodes = cls ? accepting(state, cls) : [];
  if (!cls || nodes.length === 0) return undefined;
  const jobs = dealt(state);
  const at = jobs.findIndex((each) => each.job.spec.id === jobId);
  const before = at < 0 ? jobs : jobs.slice(0, at);
  const known = at < 0 ? undefined : jobs[at]!.job;
  const freeAtS = deal(state, before);
  const best = soonest(nodes, freeAtS);
  const meanS = meanEstimateS(state, cls);
  const runS = known ? executionS(state, known, cls, best) : meanS / best.speed;
  const beyondS = (ahead * meanS) / nodes.reduce((sum, node) => sum + node.speed, 0);
  const waitS = freeAtS.get(best)! + beyondS + switchingS(state, cls, best);
  const { sigma } = estimateRun(state.runTimes, keysOf(state, cls, best.gpu), known?.spec.workUnits ?? 1);
  return toEta(state.nowMs, before.length + ahead + 1, waitS, runS, sigma);
}

/** Errors ahead of a job average out; its own does not. */
function toEta(nowMs: number, queuePosition: number, waitS: number, runS: number, sigma: number): Eta {
  const startMs = nowMs + waitS * 1000;
  const runP90Ms = runS * 1000 * Math.exp(z90 * sigma);
  const waitErrorS = (z90 * sigma * waitS) / Math.sqrt(queuePosition);
  const runErrorS = runP90Ms / 1000 - runS;
  return {
    queuePosition,
    startMs,
    endMs: startMs + runS * 1000,
    runP90Ms,
    endP90Ms: startMs + (runS + Math.hypot(waitErrorS, runErrorS)) * 1000,
  };
}

interface Dealt {
  job: Job;
  cls: ClassState;
}

function dealt(state: SchedulerState): Dealt[] {
  const jobs: Dealt[] = [];
  state.withHeads.forEachCommon(state.withHeads, (index) => {
    const cls = state.classes[index]!;
    for (const job of cls.window) jobs.push({ job, cls });
  });
  return jobs.toSorted((a, b) => order(a.job, b.job)).slice(0, dealtMax);
}

/** Gives each job to the node that would end it first, and returns when each node is free, in seconds from now. */
function deal(state: SchedulerState, jobs: readonly Dealt[]): Map<NodeState, number> {
  const freeAtS = new Map<NodeState, number>();
  for (const node of state.nodes) if (node) freeAtS.set(node, remainingS(state, node));
  for (const { job, cls } of jobs) {
    const nodes = accepting(state, cls);
    if (nodes.length === 0) continue;
    const node = soonest(nodes, freeAtS);
    freeAtS.set(node, freeAtS.get(node)! + switchingS(state, cls, node) + executionS(state, job, cls, node));
  }
  return freeAtS;
}

function soonest(nodes: readonly NodeState[], freeAtS: ReadonlyMap<NodeState, number>): NodeState {
  return nodes.reduce((best, node) => (freeAtS.get(node)! < freeAtS.get(best)! ? node : best));
}

function accepting(state: SchedulerState, cls: ClassState): NodeState[] {
  const nodes: NodeState[] = [];
  cls.feasible.forEachCommon(cls.feasible, (index) => {
    const node = state.nodes[index]!;
    if (node.spec.accepts && node.spec.weight > 0) nodes.push(node);
  });
  return nodes;
}
