/** What differs between two graphs of one workflow. */
import { stringifyJson } from '../../comfyui/domain/index.js';
import type { Graph } from './graph.js';

export interface ChangedValue {
  node: string;
  class: string;
  field: string;
  /** Undefined where the version lacks the field. */
  from: unknown;
  to: unknown;
}

export interface GraphComparison {
  added: { node: string; class: string }[];
  removed: { node: string; class: string }[];
  changed: ChangedValue[];
}

/** A node whose class changed was removed and added. */
export function compareGraphs(from: Graph, to: Graph): GraphComparison {
  const kept = Object.keys(from).filter((id) => nodeIn(to, id)?.class_type === from[id]!.class_type);
  const isKept = new Set(kept);
  const listOf = (graph: Graph) =>
    Object.entries(graph)
      .filter(([id]) => !isKept.has(id))
      .map(([node, { class_type: nodeClass }]) => ({ node, class: nodeClass }));
  return { added: listOf(to), removed: listOf(from), changed: kept.flatMap((id) => changesOf(id, from, to)) };
}

function changesOf(node: string, from: Graph, to: Graph): ChangedValue[] {
  const [before, after] = [from[node]!, to[node]!];
  const fields = [...new Set([...Object.keys(before.inputs), ...Object.keys(after.inputs)])];
  return fields.flatMap((field) => {
    const [left, right] = [valueIn(before.inputs, field), valueIn(after.inputs, field)];
    return textOf(left) === textOf(right)
      ? []
      : [{ node, class: before.class_type, field, from: left, to: right }];
  });
}

const nodeIn = (graph: Graph, id: string) => (Object.hasOwn(graph, id) ? graph[id] : undefined);
const valueIn = (inputs: Record<string, unknown>, field: string): unknown =>
  Object.hasOwn(inputs, field) ? inputs[field] : undefined;
const textOf = (value: unknown): string => (value === undefined ? '' : stringifyJson(value));
