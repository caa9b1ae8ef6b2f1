/**
 * `core/ASSET` objects in a graph, wherever they stand. Found first, looked up by others, then replaced by the file's name; the
 * place of each is kept, because the file has another name on the node that gets it.
 */
import { isJsonObject, rawInputsOf } from '../../../modules/comfyui/domain/index.js';

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
const valuesPerStep = 1_000;
/** ComfyUI takes a bare list for a link: one of files is wrapped, as it wants every literal list. */
const wrapper = '__value__';

interface Found {
  value: unknown;
  place: Omit<FoundReference, 'id'>;
}

/** In steps, since a graph may hold hundreds of thousands of values. In the order in which they stand. */
export function* findReferences(graph: unknown): Generator<undefined, References, undefined> {
  const found: FoundReference[] = [];
  for (const { nodeId: graphNode, field, value } of rawInputsOf(graph)) {
    yield;
    const path = Array.isArray(value) ? [wrapper] : [];
    for (const reference of referencesIn({ value, place: { graphNode, field, path } })) {
      if (reference === undefined) yield;
      else {
        const reason = add(reference, found);
        if (reason !== undefined) return { ok: false, reason };
      }
    }
  }
  return { ok: true, found };
}

/**
 * The graph with each found reference replaced by what `nameOf` says for its id, in steps. Of the graph itself nothing is changed; what
 * holds a reference is copied once.
 */
export function* replaceReferences(
  graph: unknown,
  found: readonly FoundReference[],
  nameOf: (id: string) => string,
): Generator<undefined, unknown, undefined> {
  const root = { graph };
  const copied = new Set<object>([root]);
  for (const { graphNode, field, path, id } of found) {
    yield;
    let holder: object = root;
    let key: string | number = 'graph';
    for (const next of [graphNode, 'inputs', field, ...path]) {
      holder = copyIn(holder, key, copied, next === wrapper);
      key = next;
    }
    Reflect.set(holder, key, nameOf(id));
  }
  return root.graph;
}

/** What stands there, as a copy that may be changed; a bare list is wrapped first. */
function copyIn(holder: object, key: string | number, copied: Set<object>, wraps: boolean): object {
  const there = Reflect.get(holder, key) as object;
  if (copied.has(there)) return there;
  const copy: object = wraps && Array.isArray(there) ? { [wrapper]: there } : shallow(there);
  copied.add(copy);
  Reflect.set(holder, key, copy);
  return copy;
}

const shallow = (value: object): object => (Array.isArray(value) ? [...(value as unknown[])] : { ...value });

/** A value below an input: its path is written out for a reference alone. */
interface Below {
  value: object;
  depth: number;
  key?: string | number;
  above?: Below;
}

/** Undefined now and then, where nothing was found for long. */
function* referencesIn({ value: all, place }: Found): Generator<Found | undefined> {
  if (!isHolder(all)) return;
  const open: Below[] = [{ value: all, depth: 0 }];
  for (let seen = 1; ; seen += 1) {
    const next = open.pop();
    if (!next) return;
    const { value, depth } = next;
    if (seen % valuesPerStep === 0) yield undefined;
    if (isJsonObject(value) && value['__type'] === referenceType)
      yield { value, place: { ...place, path: [...place.path, ...pathOf(next)] } };
    else if (depth < depthMax)
      for (const [key, item] of holdersIn(value))
        open.push({ value: item, depth: depth + 1, key, above: next });
  }
}

function pathOf(place: Below): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at: Below | undefined = place; at?.key !== undefined; at = at.above) path.push(at.key);
  return path.toReversed();
}

/** What may hold a reference, the last first. Of the numbers and texts of a long list nothing is made. */
function holdersIn(value: object): [string | number, object][] {
  if (!Array.isArray(value))
    return Object.entries(value as Record<string, unknown>)
      .filter((entry): entry is [string, object] => isHolder(entry[1]))
      .toReversed();
  const holders: [number, object][] = [];
  for (let at = value.length - 1; at >= 0; at -= 1) {
    const item: unknown = value[at];
    if (isHolder(item)) holders.push([at, item]);
  }
  return holders;
}

/** A number is an object too, as long as its digits matter. */
const isHolder = (value: unknown): value is object => Array.isArray(value) || isJsonObject(value);

/** Answers why the graph is refused, if it is. */
function add({ value, place }: Found, found: FoundReference[]): string | undefined {
  const id = idOf(value);
  if (id === undefined) return `Node ${place.graphNode}: a ${referenceType} needs an info.id.`;
  if (found.length >= referencesMax) return `The graph has more than ${referencesMax} references.`;
  found.push({ ...place, id });
  return undefined;
}

function idOf(value: unknown): string | undefined {
  if (!isJsonObject(value) || !isJsonObject(value.info)) return undefined;
  const { id } = value.info;
  return typeof id === 'string' && id !== '' ? id : undefined;
}
