/**
 * `core/ASSET` objects in a graph, wherever they stand, and the plain names of uploads. Found first, looked up by
 * others, then replaced by a file name that the loader of a node can take.
 */
import { isJsonObject } from '../../../modules/comfyui/domain/index.js';

export interface FoundReference {
  graphNode: string;
  /** The input of the graph node below which it stands. */
  field: string;
  /** Whether it is the whole value of the input. */
  isWhole: boolean;
  id: string;
}

export type References = { ok: true; found: FoundReference[] } | { ok: false; reason: string };

const referenceType = 'core/ASSET';
const referencesMax = 1_000;
const depthMax = 32;

export function findReferences(graph: unknown): References {
  const found: FoundReference[] = [];
  if (!isJsonObject(graph)) return { ok: true, found };
  for (const [graphNode, node] of Object.entries(graph)) {
    const inputs = isJsonObject(node) ? node.inputs : undefined;
    if (!isJsonObject(inputs)) continue;
    for (const [field, value] of Object.entries(inputs)) {
      const reason = collect(value, { graphNode, field, isWhole: true }, found, 0);
      if (reason !== undefined) return { ok: false, reason };
    }
  }
  return { ok: true, found };
}

/** A copy of the graph with each reference replaced by what `nameOf` says for its id. */
export function replaceReferences(graph: unknown, nameOf: (id: string) => string): unknown {
  if (Array.isArray(graph)) return graph.map((item) => replaceReferences(item, nameOf));
  if (!isJsonObject(graph)) return graph;
  const id = idOf(graph);
  if (id !== undefined) return nameOf(id);
  return Object.fromEntries(
    Object.entries(graph).map(([key, value]) => [key, replaceReferences(value, nameOf)]),
  );
}

function collect(
  value: unknown,
  place: Omit<FoundReference, 'id'>,
  found: FoundReference[],
  depth: number,
): string | undefined {
  if (depth > depthMax) return undefined;
  const inside = { ...place, isWhole: false };
  if (Array.isArray(value)) return firstReason(value, (item) => collect(item, inside, found, depth + 1));
  if (!isJsonObject(value)) return undefined;
  if (value['__type'] !== referenceType)
    return firstReason(Object.values(value), (item) => collect(item, inside, found, depth + 1));
  const id = idOf(value);
  if (id === undefined) return `Node ${place.graphNode}: a ${referenceType} needs an info.id.`;
  if (found.length >= referencesMax) return `The graph has more than ${referencesMax} references.`;
  found.push({ ...place, id });
  return undefined;
}

function idOf(value: Record<string, unknown>): string | undefined {
  if (value['__type'] !== referenceType || !isJsonObject(value.info)) return undefined;
  const { id } = value.info;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function firstReason<T>(items: readonly T[], reasonOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const reason = reasonOf(item);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
