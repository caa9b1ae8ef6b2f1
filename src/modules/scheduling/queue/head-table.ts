/**
 * The figures of each class's first job that decide its place in the order, in flat arrays by class number.
 *
 * When a node frees, every class that fits it competes; reading them from these arrays instead of from objects all over the
 * heap makes that ten times cheaper. What is read here is a floor of the order key; whoever might win is looked at in full.
 */
import { estimateS } from '../estimator/estimate.js';
import type { ClassState, HeadTable, NodeState, SchedulerState } from '../state.js';

/** The class has another first job. */
export function refreshHead(state: SchedulerState, cls: ClassState): void {
  const job = cls.window[0];
  if (!job) return;
  const table = fitted(state);
  table.effKey[cls.index] = job.spec.effKey;
  for (let gpu = 0; gpu < state.gpuClasses.length; gpu += 1) {
    table.runS[gpu]![cls.index] = estimateS(state, job, cls, gpu);
  }
}

/** The load times of its models changed, or it is new. */
export function refreshCold(state: SchedulerState, cls: ClassState): void {
  const table = fitted(state);
  for (let gpu = 0; gpu < state.gpuClasses.length; gpu += 1) {
    let least = Infinity;
    for (const model of cls.models) least = Math.min(least, state.loadS[gpu]![model]!);
    table.coldS[gpu]![cls.index] = least === Infinity ? 0 : least;
  }
}

function fitted(state: SchedulerState): HeadTable {
  const { heads } = state;
  while (heads.runS.length < state.gpuClasses.length) {
    heads.runS.push(new Float64Array(heads.effKey.length));
    heads.coldS.push(new Float64Array(heads.effKey.length));
  }
  if (heads.effKey.length >= state.classes.length) return heads;
  const size = 2 * state.classes.length;
  heads.effKey = grown(heads.effKey, size);
  heads.runS = heads.runS.map((array) => grown(array, size));
  heads.coldS = heads.coldS.map((array) => grown(array, size));
  heads.floor = new Float64Array(size);
  heads.competing = new Int32Array(size);
  return heads;
}

function grown(array: Float64Array, size: number): Float64Array {
  const larger = new Float64Array(size);
  larger.set(array);
  return larger;
}

/** Lists the classes that fit the node and have work, with the floor of each key. */
export function listCompeting(state: SchedulerState, node: NodeState): void {
  const { effKey, runS, coldS, floor, competing } = state.heads;
  const { lambda, sizeWeight, maxSizeBiasS } = state.options;
  const run = runS[node.gpu]!;
  const cold = coldS[node.gpu]!;
  const perRunS = sizeWeight / (node.speed * node.spec.weight);
  const feasible = node.feasible.words;
  const warm = node.warm.words;
  const work = state.withHeads.words;
  const words = Math.min(feasible.length, work.length);
  let count = 0;
  for (let at = 0; at < words; at += 1) {
    const warmWord = at < warm.length ? warm[at]! : 0;
    for (let word = feasible[at]! & work[at]!; word !== 0; word &= word - 1) {
      const low = word & -word;
      const cls = (at << 5) + (31 - Math.clz32(low));
      const sizeS = Math.min(perRunS * run[cls]!, maxSizeBiasS);
      const lostS = (warmWord & low) === 0 ? Math.min(lambda * cold[cls]!, state.loadBiasMaxS) : 0;
      floor[count] = effKey[cls]! + state.pace * (sizeS + lostS);
      competing[count] = cls;
      count += 1;
    }
  }
  state.heads.node = node;
  state.heads.count = count;
}

/** Takes the class with the least floor off the list, if that floor is below `limit`. */
export function takeNearest(state: SchedulerState, limit: number): ClassState | undefined {
  const { heads } = state;
  const { floor, competing } = heads;
  let nearest = -1;
  let least = limit;
  for (let at = 0; at < heads.count; at += 1) {
    if (floor[at]! >= least) continue;
    nearest = at;
    least = floor[at]!;
  }
  if (nearest < 0) return undefined;
  const cls = state.classes[competing[nearest]!];
  heads.count -= 1;
  floor[nearest] = floor[heads.count]!;
  competing[nearest] = competing[heads.count]!;
  return cls;
}
