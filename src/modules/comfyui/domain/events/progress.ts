/**
 * Progress of a whole prompt from the events of its run.
 * Guarantees: never falls, stays within 0–100, is 100 only after success and its end marker, and is computed alike
 * from `progress_state` (servers since 0.3.45) and from plain `executing`/`progress`. A value is never mutated:
 * every event that changes anything gives a new one.
 */
import type { ComfyEvent, NodeProgress } from './events.js';
import type { Graph } from '../graph/graph.js';
import { clamp } from '../json/storable.js';
import { samplerSteps, weighNodes } from './progress-weights.js';

export interface Progress {
  readonly promptId: string;
  readonly weights: ReadonlyMap<string, number>;
  /** Sampler node id to its steps. */
  readonly samplers: ReadonlyMap<string, number>;
  /** Nodes whose result was cached: no work. */
  readonly cached: ReadonlySet<string>;
  /** Node id to the share of it that is done, 0–1. */
  readonly done: ReadonlyMap<string, number>;
  readonly runningNodeId: string | undefined;
  readonly succeeded: boolean;
  /** What to show, 0–100, one decimal. */
  readonly percent: number;
}

/** The most shown while anything may still happen. */
const mostBeforeEnd = 99;

/** `outputIds` narrows the work to what leads to these nodes; without it every node counts. */
export function startProgress(graph: Graph, promptId: string, outputIds?: Iterable<string>): Progress {
  return {
    promptId,
    weights: weighNodes(graph, outputIds),
    samplers: samplerSteps(graph),
    cached: new Set(),
    done: new Map(),
    runningNodeId: undefined,
    succeeded: false,
    percent: 0,
  };
}

/** Events of other prompts, or without a prompt id, change nothing. */
export function advanceProgress(progress: Progress, event: ComfyEvent): Progress {
  if (!('promptId' in event) || event.promptId !== progress.promptId || progress.percent === 100)
    return progress;
  const next = apply(progress, event);
  return next === progress ? progress : withPercent(next);
}

/** Steps done of all samplers that work in this run. */
export function stepsOf({ samplers, cached, done }: Progress): { done: number; all: number } {
  const sum = { done: 0, all: 0 };
  for (const [id, steps] of samplers) {
    if (cached.has(id)) continue;
    sum.done += steps * (done.get(id) ?? 0);
    sum.all += steps;
  }
  return sum;
}

function apply(progress: Progress, event: ComfyEvent): Progress {
  switch (event.type) {
    case 'execution_cached':
      return {
        ...progress,
        cached: new Set([...progress.cached, ...event.nodes.filter((id) => isOf(progress, id))]),
      };
    case 'progress_state':
      return { ...progress, done: mergeDone(progress.done, sharesOf(progress, event.nodes)) };
    case 'progress':
      return markDone(progress, event.nodeId ?? progress.runningNodeId, share(event.value, event.max));
    case 'executing':
      return event.nodeId === null
        ? { ...progress, percent: progress.succeeded ? 100 : progress.percent }
        : { ...markDone(progress, progress.runningNodeId, 1), runningNodeId: event.nodeId };
    case 'executed':
      return markDone(progress, event.nodeId, 1);
    case 'execution_success':
      return { ...progress, succeeded: true };
    case 'status':
    case 'feature_flags':
    case 'execution_start':
    case 'execution_error':
    case 'execution_interrupted':
    default:
      return progress;
  }
}

function withPercent(progress: Progress): Progress {
  if (progress.percent === 100) return progress;
  let [total, done] = [0, 0];
  for (const [id, weight] of progress.weights) {
    if (progress.cached.has(id)) continue;
    total += weight;
    done += weight * (progress.done.get(id) ?? 0);
  }
  const percent = total === 0 ? 0 : Math.floor((done / total) * mostBeforeEnd * 10) / 10;
  return percent > progress.percent ? { ...progress, percent } : progress;
}

function markDone(progress: Progress, nodeId: string | undefined, value: number): Progress {
  if (nodeId === undefined || !isOf(progress, nodeId)) return progress;
  return { ...progress, done: mergeDone(progress.done, new Map([[nodeId, value]])) };
}

/** Whether the node is one of the graph: others say nothing, and a server may tell of any number. */
const isOf = ({ weights, samplers }: Progress, nodeId: string): boolean =>
  weights.has(nodeId) || samplers.has(nodeId);

function mergeDone(
  done: ReadonlyMap<string, number>,
  shares: ReadonlyMap<string, number>,
): Map<string, number> {
  const merged = new Map(done);
  for (const [id, value] of shares) merged.set(id, Math.max(merged.get(id) ?? 0, value));
  return merged;
}

/** Nodes of an expanded sub-graph count together as the node they came from. */
function sharesOf(progress: Progress, nodes: Record<string, NodeProgress>): Map<string, number> {
  const byRealNode = new Map<string, number[]>();
  for (const node of Object.values(nodes)) {
    if (!isOf(progress, node.realNodeId)) continue;
    const value = node.state === 'finished' ? 1 : share(node.value, node.max);
    const values = byRealNode.get(node.realNodeId);
    if (values) values.push(value);
    else byRealNode.set(node.realNodeId, [value]);
  }
  return new Map(
    [...byRealNode].map(([id, values]) => [id, values.reduce((a, b) => a + b, 0) / values.length]),
  );
}

function share(value: number, max: number): number {
  return max > 0 ? clamp(value / max, 0, 1) : 0;
}
