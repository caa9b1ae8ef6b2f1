/** What is known of a run, folded from the node's events into the contract's Progress. */
import { isJsonObject } from '../../../modules/comfyui/domain/index.js';

export interface Progress {
  /** 0…1 */
  value: number;
  nodes_done: number;
  nodes_total: number;
  current_node: string | null;
  current_node_class: string | null;
  step: number | null;
  steps: number | null;
  message: string | null;
}

export interface RunFacts {
  done: ReadonlySet<string>;
  current: string | null;
  step: number | null;
  steps: number | null;
}

export const nothingRan: RunFacts = { done: new Set(), current: null, step: null, steps: null };

/** `data` is that of ComfyUI's message of this type. */
export function foldEvent(facts: RunFacts, type: string, data: unknown): RunFacts {
  if (!isJsonObject(data)) return facts;
  switch (type) {
    case 'execution_start':
      return nothingRan;
    case 'execution_cached':
      return { ...facts, done: union(facts.done, Array.isArray(data.nodes) ? data.nodes : []) };
    case 'executing':
      return typeof data.node === 'string'
        ? { ...facts, current: data.node, step: null, steps: null }
        : facts;
    case 'executed':
      return { ...facts, done: union(facts.done, [data.node]) };
    case 'progress':
      return { ...facts, ...stepsOf(data.value, data.max) };
    case 'progress_state':
      return foldNodes(facts, data.nodes);
    default:
      return facts;
  }
}

/** `classOf` tells the class of a graph node; `percent` is the weighted progress of the whole job. */
export function progressOf(facts: RunFacts, percent: number, classes: ReadonlyMap<string, string>): Progress {
  const { current, step, steps } = facts;
  const nodeClass = (current !== null && classes.get(current)) || null;
  return {
    value: Math.min(1, Math.max(0, percent / 100)),
    nodes_done: Math.min(facts.done.size, classes.size),
    nodes_total: classes.size,
    current_node: current,
    current_node_class: nodeClass,
    step,
    steps,
    message: nodeClass === null ? null : step === null ? nodeClass : `${nodeClass} ${step}/${steps}`,
  };
}

function foldNodes(facts: RunFacts, nodes: unknown): RunFacts {
  if (!isJsonObject(nodes)) return facts;
  const entries = Object.entries(nodes).filter((entry): entry is [string, Record<string, unknown>] =>
    isJsonObject(entry[1]),
  );
  const finished = entries.filter(([, node]) => node.state === 'finished').map(([id]) => id);
  const running = entries.find(([, node]) => node.state === 'running');
  const done = union(facts.done, finished);
  if (!running) return { ...facts, done };
  return { done, current: running[0], ...stepsOf(running[1].value, running[1].max) };
}

function stepsOf(value: unknown, max: unknown): Pick<RunFacts, 'step' | 'steps'> {
  // A node without steps counts to one.
  if (!isCount(value) || !isCount(max) || max <= 1 || max > 1e9) return { step: null, steps: null };
  return { step: Math.trunc(Math.min(value, max)), steps: Math.trunc(max) };
}

const isCount = (value: unknown): value is number => typeof value === 'number' && value >= 0;

const nodesMax = 10_000;

function union(known: ReadonlySet<string>, more: readonly unknown[]): ReadonlySet<string> {
  const fresh = more.filter((id): id is string => typeof id === 'string' && !known.has(id));
  return fresh.length === 0 || known.size >= nodesMax
    ? known
    : new Set([...known, ...fresh.slice(0, nodesMax)]);
}
