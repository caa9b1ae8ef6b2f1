/** Keeps what nodes hold in memory, the "warm" bits derived from it, and the load times of models, in step. */
import { estimateLoadMs } from '../estimator/load-time.js';
import { refreshCold } from '../queue/head-table.js';
import { evictedBy, holds, touchModels, useModels, voidResidency } from './residency.js';
import type { ClassState, NodeState, SchedulerState } from '../state.js';

export function modelNumber(state: SchedulerState, name: string): number {
  const known = state.modelByName.get(name);
  if (known !== undefined) return known;
  const number = state.models.length;
  const sizeBytes = state.options.defaultModelBytes;
  const unseen = { classes: [], ratePerS: 0, rateAtMs: 0, runS: 0, backlog: 0, copies: 0, freeCopies: 0 };
  state.models.push({ name, sizeBytes, ...unseen });
  state.modelByName.set(name, number);
  for (let gpu = 0; gpu < state.gpuClasses.length; gpu += 1) refreshLoad(state, number, gpu);
  return number;
}

export function setModelSize(state: SchedulerState, name: string, sizeBytes: number): void {
  const number = modelNumber(state, name);
  state.models[number]!.sizeBytes = sizeBytes;
  for (const { residency } of state.nodeById.values()) {
    const at = residency.models.indexOf(number);
    if (at >= 0) residency.sizesBytes[at] = sizeBytes;
  }
  for (let gpu = 0; gpu < state.gpuClasses.length; gpu += 1) refreshLoad(state, number, gpu);
}

export function refreshLoad(state: SchedulerState, model: number, gpu: number): void {
  const { name, sizeBytes, classes } = state.models[model]!;
  state.loadS[gpu]![model] = estimateLoadMs(state.loadTimes, name, state.gpuClasses[gpu]!, sizeBytes) / 1000;
  for (const cls of classes) refreshCold(state, cls);
}

export function isWarm(cls: ClassState, node: NodeState): boolean {
  return cls.models.every((model) => holds(node.residency, model));
}

export function setWarm(cls: ClassState, node: NodeState): void {
  const warm = isWarm(cls, node);
  cls.warm.set(node.index, warm);
  node.warm.set(cls.index, warm);
}

/** The node is about to hold the class's models. */
export function load(state: SchedulerState, cls: ClassState, node: NodeState): void {
  if (node.warm.has(cls.index)) return touchModels(node.residency, cls.models);
  changeMemory(state, node, () => {
    useModels(node.residency, cls.models, (model) => state.models[model]!.sizeBytes);
  });
}

const newestShare = 0.05;

/** A job is placed that needs the class's models, and is expected to run so long. */
export function noteRun(state: SchedulerState, cls: ClassState, runS: number): void {
  for (const number of cls.models) {
    const model = state.models[number]!;
    model.runS = model.runS === 0 ? runS : model.runS + newestShare * (runS - model.runS);
  }
}

export function forget(state: SchedulerState, node: NodeState): void {
  node.loraKey = '';
  changeMemory(state, node, () => voidResidency(node.residency));
}

export function setMemory(
  state: SchedulerState,
  node: NodeState,
  held: { models: readonly number[]; sizesBytes: readonly number[] },
): void {
  changeMemory(state, node, () => {
    node.residency.models = [...held.models];
    node.residency.sizesBytes = [...held.sizesBytes];
  });
}

/** Trims to a new capacity. */
export function setCapacity(state: SchedulerState, node: NodeState, capacityBytes: number): void {
  changeMemory(state, node, () => {
    node.residency.capacityBytes = capacityBytes;
    const excess = evictedBy(node.residency, [], () => 0);
    for (let count = excess.length; count > 0; count -= 1) {
      node.residency.models.shift();
      node.residency.sizesBytes.shift();
    }
  });
}

function changeMemory(state: SchedulerState, node: NodeState, change: () => void): void {
  const before = [...node.residency.models];
  change();
  for (const model of before) if (!holds(node.residency, model)) moved(state, node, model, -1);
  for (const model of node.residency.models) if (!before.includes(model)) moved(state, node, model, 1);
}

function moved(state: SchedulerState, node: NodeState, number: number, copies: 1 | -1): void {
  const model = state.models[number]!;
  model.copies += copies;
  if (node.freeAt >= 0) model.freeCopies += copies;
  for (const cls of model.classes) setWarm(cls, node);
}

/** Identity of a LoRA set, whatever its order. */
export function loraKey(loras: readonly string[]): string {
  return loras.toSorted().join('\n');
}
