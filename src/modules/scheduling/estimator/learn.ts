/** What a finished run teaches: a warm one its run time and the node's bias, a cold one the load times of its models. */
import { refreshLoad } from '../nodes/memory.js';
import type { Attempt, NodeState, SchedulerState } from '../state.js';
import { estimateS, keysOf } from './estimate.js';
import { observeLoad } from './load-time.js';
import { observeRun } from './run-time.js';
import { observeTail } from './tails.js';

const biasRate = 0.05;
const biasMax = 1;

export function learn(
  state: SchedulerState,
  node: NodeState,
  attempt: Attempt,
  { runMs, loadMs }: { runMs?: number | undefined; loadMs?: number | undefined },
): void {
  const { job, cls, loading } = attempt;
  if (!job || !cls || runMs === undefined) return;
  learnTail(state, node, attempt);
  const warmMs = (estimateS(state, job, cls, node.gpu) * 1000) / node.speed;
  if (loading.length > 0) learnLoads(state, node, loading, loadMs ?? runMs - warmMs);
  const ownMs = ownMsOf(runMs, loading.length > 0 ? loadMs : 0);
  if (ownMs <= 0) return;
  observeRun(state.runTimes, keysOf(state, cls, node.gpu), job.spec.workUnits, ownMs * node.speed);
  learnBias(node, Math.log(ownMs / warmMs));
}

/** 0 where nobody told how much of a run was loading. */
const ownMsOf = (runMs: number, loadMs: number | undefined): number =>
  loadMs === undefined ? 0 : runMs - loadMs;

/** What comes after the last step. */
function learnTail(state: SchedulerState, node: NodeState, { cls, live }: Attempt): void {
  if (!cls || !live || live.step < live.steps) return;
  observeTail(state.tails, cls.spec.profileId, node.spec.gpuClass, state.nowMs - live.stepAtMs);
}

function learnBias(node: NodeState, logError: number): void {
  const moved = node.logBias + biasRate * logError;
  node.logBias = Math.max(-biasMax, Math.min(biasMax, moved));
  node.speed = Math.exp(-node.logBias);
}

/** Several loads in one run are seen as one sum; it is shared out in proportion to what was expected of each. */
function learnLoads(state: SchedulerState, node: NodeState, models: readonly number[], loadMs: number): void {
  const expected = models.map((model) => state.loadS[node.gpu]![model]!);
  const sum = expected.reduce((total, each) => total + each, 0);
  for (const [at, model] of models.entries()) {
    const { name, sizeBytes } = state.models[model]!;
    const share = sum > 0 ? expected[at]! / sum : 1 / models.length;
    observeLoad(state.loadTimes, name, node.spec.gpuClass, sizeBytes, loadMs * share);
    refreshLoad(state, model, node.gpu);
  }
}
