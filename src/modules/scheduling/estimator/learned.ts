/**
 * What was learned, as plain JSON: kept in the database, so that a new leader knows as much as the old one. What nodes hold
 * in memory is part of it; hand it to each `node` event as `resident`, unless the node restarted meanwhile.
 */
import { loadTimesFromJson, loadTimesToJson } from './load-time.js';
import type { Regression } from './regression.js';
import { type RunTimes, runTimesFromJson, runTimesToJson } from './run-time.js';
import { modelNumber, setModelSize } from '../nodes/memory.js';
import type { SchedulingOptions } from '../options.js';
import { createScheduler, type SchedulerState, type VramFloor } from '../state.js';

export interface Learned {
  format: typeof format;
  runTimes: Record<string, Regression>;
  loadTimes: Record<string, { samples: number; meanMs: number }>;
  tailsMs: Record<string, number>;
  /** Mean of log(actual / estimated) per node. */
  logBiases: Record<string, number>;
  /** As measured, per node. */
  uploadBytesPerS?: Record<string, number>;
  /** What ran out of memory, by class. */
  vramFloors?: Record<string, VramFloor>;
  /** Models in memory per node, least recently used first. */
  residency: Record<string, string[]>;
  /** Sizes of the models, without which nobody could tell what fits into a memory together. */
  modelBytes?: Record<string, number>;
  /** Jobs per second that need a model, and when that held. */
  arrivals?: Record<string, { ratePerS: number; atMs: number }>;
  /** When jobs that have not ended were first kept back. */
  heldSinceMs?: Record<string, number>;
  /** How far the order has come, in virtual seconds. */
  order: { virtualS: number; greatestStartS: number; greatestKey: number | null; pace: number };
}

/** Raised whenever an older document would be misread. */
const format = 1;

/** A document as `exportLearned` made it; anything else, also one of another format, counts as nothing learned. */
export function readLearned(document: unknown): Learned {
  const isOurs =
    typeof document === 'object' && document !== null && (document as Partial<Learned>).format === format;
  return isOurs ? (document as Learned) : exportLearned(createScheduler());
}

export function runTimesOf(learned: Pick<Learned, 'runTimes'>): RunTimes {
  return runTimesFromJson(learned.runTimes);
}

export function exportLearned(state: SchedulerState): Learned {
  const nodes = [...state.nodeById.values()];
  const { virtualS, greatestStartS, greatestKey, pace } = state;
  return {
    format,
    runTimes: runTimesToJson(state.runTimes),
    loadTimes: loadTimesToJson(state.loadTimes),
    tailsMs: Object.fromEntries(state.tails.byKey),
    logBiases: Object.fromEntries(nodes.map((node) => [node.spec.id, node.logBias])),
    uploadBytesPerS: Object.fromEntries(nodes.map((node) => [node.spec.id, node.uploadBytesPerS])),
    vramFloors: Object.fromEntries(state.vramFloors),
    residency: Object.fromEntries(
      nodes.map((node) => [node.spec.id, node.residency.models.map((model) => state.models[model]!.name)]),
    ),
    modelBytes: Object.fromEntries(state.models.map(({ name, sizeBytes }) => [name, sizeBytes])),
    arrivals: Object.fromEntries(
      state.models.flatMap(({ name, ratePerS, rateAtMs }) =>
        ratePerS > 0 ? [[name, { ratePerS, atMs: rateAtMs }]] : [],
      ),
    ),
    heldSinceMs: Object.fromEntries(state.heldSinceMs),
    order: { virtualS, greatestStartS, greatestKey: Number.isFinite(greatestKey) ? greatestKey : null, pace },
  };
}

/** A scheduler that starts with what another one learned; `learned` comes from `exportLearned` or `readLearned`. */
export function restoreScheduler(options: Partial<SchedulingOptions>, learned: Learned): SchedulerState {
  const state = createScheduler(options, {
    runTimes: runTimesOf(learned),
    loadTimes: loadTimesFromJson(learned.loadTimes),
    tails: { byKey: new Map(Object.entries(learned.tailsMs)) },
  });
  for (const [name, bytes] of Object.entries(learned.modelBytes ?? {})) setModelSize(state, name, bytes);
  for (const [name, { ratePerS, atMs }] of Object.entries(learned.arrivals ?? {}))
    Object.assign(state.models[modelNumber(state, name)]!, { ratePerS, rateAtMs: atMs });
  state.uploadRates = new Map(Object.entries(learned.uploadBytesPerS ?? {}));
  state.vramFloors = new Map(Object.entries(learned.vramFloors ?? {}));
  state.heldSinceMs = new Map(Object.entries(learned.heldSinceMs ?? {}));
  state.logBiases = new Map(Object.entries(learned.logBiases));
  Object.assign(state, { ...learned.order, greatestKey: learned.order.greatestKey ?? -Infinity });
  return state;
}
