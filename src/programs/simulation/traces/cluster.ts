import { stream } from '../rng.js';
import type { TraceModel, TraceNode } from '../trace.js';

export const gigabytes = 1e9;
const unitBytes = 12 * gigabytes;
const speeds = [1, 0.65, 0.45] as const;
const share = 0.75;

/** Load times from 8 to 120 s; what loads slowly is big: up to 40 s one unit of memory, beyond two. */
export function makeModels(seed: number, count: number): TraceModel[] {
  const rng = stream(seed, 'models');
  return Array.from({ length: count }, (_, at) => {
    const loadMs = 1000 * rng.uniform(8, 120);
    return { name: `model-${at}`, sizeBytes: loadMs <= 40_000 ? unitBytes : 2 * unitBytes, loadMs };
  });
}

/** Speeds 1, 0.65 and 0.45 in turn, 3 or 4 units of memory, and each model on three quarters of the nodes. */
export function makeNodes(seed: number, count: number, models: readonly TraceModel[]): TraceNode[] {
  const rng = stream(seed, 'nodes');
  const has = Array.from({ length: count }, () => new Set<string>());
  const copies = Math.max(1, Math.round(count * share));
  for (const model of models) {
    for (const node of rng.shuffle(has).slice(0, copies)) node.add(model.name);
  }
  return has.map((names, at) => {
    const speed = speeds[at % speeds.length]!;
    return {
      id: `node-${String(at).padStart(3, '0')}`,
      gpuClass: `gpu-${speed}`,
      vramBytes: (rng.next() < 0.5 ? 3 : 4) * unitBytes,
      models: [...names].toSorted(),
      speed,
    };
  });
}
