/** Files that stand in a graph as literals: where, and the graph with or without them. */
import type { Graph } from '../../comfyui/domain/index.js';

export interface InputPlace {
  node: string;
  field: string;
  /** Keys below the field, where the file is only a part of its value. */
  path?: readonly (string | number)[] | undefined;
}

/** The graph with null where files will stand: what it needs of a node besides them. */
export function withoutFiles(graph: Graph, files: readonly InputPlace[]): Graph {
  if (files.length === 0) return graph;
  const bare = { ...graph };
  for (const { node, field } of files) {
    const known = Object.hasOwn(bare, node) ? bare[node] : undefined;
    if (known && Object.hasOwn(known.inputs, field))
      bare[node] = { ...known, inputs: { ...known.inputs, [field]: null } };
  }
  return bare;
}

/** Changes the graph. A place that it does not have is left out. */
export function putFile(graph: Graph, { node, field, path = [] }: InputPlace, name: string): void {
  const keys: (string | number)[] = ['inputs', field, ...path];
  const last = keys.pop();
  let holder: unknown = Object.hasOwn(graph, node) ? graph[node] : undefined;
  for (const key of keys) holder = isHolder(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;
  if (last !== undefined && isHolder(holder) && Object.hasOwn(holder, last)) holder[last] = name;
}

const isHolder = (value: unknown): value is Record<string | number, unknown> =>
  typeof value === 'object' && value !== null;
