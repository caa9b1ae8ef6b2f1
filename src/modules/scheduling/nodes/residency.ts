/**
 * Which heavy models a node is believed to hold in memory.
 *
 * ComfyUI tells nobody what sits in VRAM, so it is inferred from the prompts a node ran: least recently used first, bounded
 * by the node's memory. Whatever may have emptied or filled the memory behind our back (restart, out of memory, /free, a
 * foreign prompt) voids the belief: a wrong "warm" costs a load that nobody planned, a wrong "cold" only a detour.
 */

export interface Residency<Model extends string | number = string> {
  capacityBytes: number;
  /** Least recently used first; `sizesBytes` runs in parallel. */
  models: Model[];
  sizesBytes: number[];
}

export function emptyResidency<Model extends string | number>(capacityBytes: number): Residency<Model> {
  return { capacityBytes, models: [], sizesBytes: [] };
}

export function holds<Model extends string | number>(residency: Residency<Model>, model: Model): boolean {
  return residency.models.includes(model);
}

export function voidResidency<Model extends string | number>(residency: Residency<Model>): void {
  residency.models.length = 0;
  residency.sizesBytes.length = 0;
}

/** A prompt used these models: they become the most recent ones. Returns what was pushed out. */
export function useModels<Model extends string | number>(
  residency: Residency<Model>,
  models: readonly Model[],
  sizeBytes: (model: Model) => number,
): Model[] {
  const evicted = evictedBy(residency, models, sizeBytes);
  for (const model of [...evicted, ...models]) remove(residency, model);
  for (const model of models) {
    residency.models.push(model);
    residency.sizesBytes.push(sizeBytes(model));
  }
  return evicted;
}

/** The same for models that it holds already. */
export function touchModels<Model extends string | number>(
  residency: Residency<Model>,
  models: readonly Model[],
): void {
  const ahead = residency.models.length - models.length;
  for (let at = 0; at < models.length; at += 1) {
    if (residency.models[ahead + at] !== models[at]) return moveToEnd(residency, models);
  }
}

function moveToEnd<Model extends string | number>(
  { models: held, sizesBytes }: Residency<Model>,
  models: readonly Model[],
): void {
  for (const model of models) {
    const at = held.indexOf(model);
    toEnd(held, at);
    toEnd(sizesBytes, at);
  }
}

function toEnd(items: unknown[], from: number): void {
  const item = items[from];
  for (let at = from + 1; at < items.length; at += 1) items[at - 1] = items[at];
  items[items.length - 1] = item;
}

/** What loading `models` would push out, least recently used first; never one of `models`. */
export function evictedBy<Model extends string | number>(
  residency: Residency<Model>,
  models: readonly Model[],
  sizeBytes: (model: Model) => number,
): Model[] {
  let excess = -residency.capacityBytes;
  for (const size of residency.sizesBytes) excess += size;
  for (const model of models) if (!holds(residency, model)) excess += sizeBytes(model);
  const evicted: Model[] = [];
  for (let at = 0; at < residency.models.length && excess > 0; at += 1) {
    const model = residency.models[at]!;
    if (models.includes(model)) continue;
    evicted.push(model);
    excess -= residency.sizesBytes[at]!;
  }
  return evicted;
}

function remove<Model extends string | number>(residency: Residency<Model>, model: Model): void {
  const at = residency.models.indexOf(model);
  if (at < 0) return;
  residency.models.splice(at, 1);
  residency.sizesBytes.splice(at, 1);
}
