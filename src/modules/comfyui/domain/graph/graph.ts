/** ComfyUI's API-format graph and the walks over its links. Safe on unchecked graphs: a bad link is no link. */
import { isJsonObject, isLosslessNumber } from '../json/json.js';
import { atOnce, isPause, type Steps } from '../steps.js';

export interface GraphNode {
  class_type: string;
  inputs: Record<string, unknown>;
  _meta?: { title: string };
}

export type Graph = Record<string, GraphNode>;

export interface GraphLink {
  /** The input that the link feeds. */
  inputName: string;
  nodeId: string;
  slot: number;
}

// Nine digits are more outputs than any node has, and stay exact as a number.
const slotText = /^\d{1,9}$/;

/** Reads `[nodeId, slot]`: a string and an integer from 0; a float such as `0.0` is no slot. */
export function asLink(value: unknown): { nodeId: string; slot: number } | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [nodeId, slot] = value as [unknown, unknown];
  const text = isLosslessNumber(slot) ? slot.value : typeof slot === 'number' ? String(slot) : '';
  return typeof nodeId === 'string' && slotText.test(text) ? { nodeId, slot: Number(text) } : undefined;
}

export function linksOf(node: GraphNode): GraphLink[] {
  return Object.entries(node.inputs).flatMap(([inputName, value]) => {
    const link = asLink(value);
    return link ? [{ inputName, ...link }] : [];
  });
}

/** The named nodes that exist and everything upstream of them. */
export const ancestorsOf = (graph: Graph, ids: Iterable<string>): Set<string> =>
  atOnce(ancestorsSteps(graph, ids));

export function* ancestorsSteps(graph: Graph, ids: Iterable<string>): Steps<Set<string>> {
  const seen = new Set<string>();
  const open = [...ids];
  let count = 0;
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (isPause(count++)) yield undefined;
    if (seen.has(id) || !Object.hasOwn(graph, id)) continue;
    seen.add(id);
    for (const link of linksOf(graph[id]!)) open.push(link.nodeId);
  }
  return seen;
}

/** One node id on a cycle, or undefined when the graph has none. */
export const findCycle = (graph: Graph): string | undefined => atOnce(findCycleSteps(graph));

export function* findCycleSteps(graph: Graph): Steps<string | undefined> {
  const state = new Map<string, 'open' | 'done'>();
  for (const root of Object.keys(graph)) {
    const cyclic = yield* visit(graph, root, state);
    if (cyclic !== undefined) return cyclic;
  }
  return undefined;
}

function* visit(graph: Graph, root: string, state: Map<string, 'open' | 'done'>): Steps<string | undefined> {
  if (state.has(root)) return undefined;
  const stack = [enter(graph, root, state)];
  for (let count = 0; stack.length > 0; count += 1) {
    if (isPause(count)) yield undefined;
    const frame = stack.at(-1)!;
    const next = frame.links.pop();
    if (next === undefined) {
      state.set(frame.id, 'done');
      stack.pop();
    } else if (state.get(next) === 'open') return next;
    else if (!state.has(next) && Object.hasOwn(graph, next)) stack.push(enter(graph, next, state));
  }
  return undefined;
}

function enter(graph: Graph, id: string, state: Map<string, 'open' | 'done'>) {
  state.set(id, 'open');
  return { id, links: linksOf(graph[id]!).map((link) => link.nodeId) };
}

/** An input of a graph that nobody has checked. */
export interface RawInput {
  nodeId: string;
  nodeClass: unknown;
  field: string;
  value: unknown;
}

/** Every input of what may be a graph; what is no node, or has no inputs, is passed over. */
export function* rawInputsOf(graph: unknown): Generator<RawInput> {
  if (!isJsonObject(graph)) return;
  for (const [nodeId, node] of Object.entries(graph)) {
    const { class_type: nodeClass, inputs } = isJsonObject(node) ? node : {};
    if (!isJsonObject(inputs)) continue;
    for (const [field, value] of Object.entries(inputs)) yield { nodeId, nodeClass, field, value };
  }
}

/** The title shown for a node: its own, else its class. */
export function titleOf(node: { class_type: string; _meta?: unknown }): string {
  const title = isJsonObject(node._meta) ? node._meta.title : undefined;
  return typeof title === 'string' ? title : node.class_type;
}
