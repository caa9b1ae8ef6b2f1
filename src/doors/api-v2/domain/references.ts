/**
 * `core/ASSET` objects in a graph, wherever they stand. Found first, looked up by others, then replaced by the file's name; the
 * place of each is kept, because the file has another name on the node that gets it.
 */
import { isJsonObject } from '../../../modules/comfyui/domain/index.js';

export interface FoundReference {
  graphNode: string;
  /** The input of the graph node below which it stands. */
  field: string;
  /** Keys below the field in the replaced graph; empty where it is the whole value. */
  path: readonly (string | number)[];
  id: string;
}

export type References = { ok: true; found: FoundReference[] } | { ok: false; reason: string };

const referenceType = 'core/ASSET';
const referencesMax = 1_000;
const depthMax = 32;
/** ComfyUI takes a bare list for a link: one of files is wrapped, as it wants every literal list. */
const wrapper = '__value__';

export function findReferences(graph: unknown): References {
  const found: FoundReference[] = [];
  for (const { graphNode, field, value } of literalsOf(graph)) {
    const path = Array.isArray(value) ? [wrapper] : [];
    const reason = collect(value, { graphNode, field, path }, found, 0);
    if (reason !== undefined) return { ok: false, reason };
  }
  return { ok: true, found };
}

/** A copy of the graph with each found reference replaced by what `nameOf` says for its id. */
export function replaceReferences(
  graph: unknown,
  found: readonly FoundReference[],
  nameOf: (id: string) => string,
): unknown {
  if (found.length === 0 || !isJsonObject(graph)) return graph;
  const copy: Record<string, unknown> = { ...graph };
  for (const { graphNode, field, value } of literalsOf(graph)) {
    if (!found.some((each) => each.graphNode === graphNode && each.field === field)) continue;
    const named = replaced(value, nameOf, 0);
    const node = copy[graphNode] as { inputs: object };
    const input = Array.isArray(named) ? { [wrapper]: named } : named;
    copy[graphNode] = { ...node, inputs: { ...node.inputs, [field]: input } };
  }
  return copy;
}

function literalsOf(graph: unknown): { graphNode: string; field: string; value: unknown }[] {
  if (!isJsonObject(graph)) return [];
  return Object.entries(graph).flatMap(([graphNode, node]) =>
    isJsonObject(node) && isJsonObject(node.inputs)
      ? Object.entries(node.inputs).map(([field, value]) => ({ graphNode, field, value }))
      : [],
  );
}

function replaced(value: unknown, nameOf: (id: string) => string, depth: number): unknown {
  if (depth > depthMax) return value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, nameOf, depth + 1));
  if (!isJsonObject(value)) return value;
  const id = idOf(value);
  if (id !== undefined) return nameOf(id);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaced(item, nameOf, depth + 1)]),
  );
}

/** Answers why the graph is refused, if it is. */
function collect(
  value: unknown,
  place: Omit<FoundReference, 'id'>,
  found: FoundReference[],
  depth: number,
): string | undefined {
  if (depth > depthMax || typeof value !== 'object' || value === null) return undefined;
  if (isJsonObject(value) && value['__type'] === referenceType) return add(value, place, found);
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  for (const [key, item] of entries) {
    const reason = collect(item, { ...place, path: [...place.path, key] }, found, depth + 1);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function add(
  value: Record<string, unknown>,
  place: Omit<FoundReference, 'id'>,
  found: FoundReference[],
): string | undefined {
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
