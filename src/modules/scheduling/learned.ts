/**
 * What was learned, as plain JSON: kept in the database, so that a new leader knows as much as the old one. What nodes hold
 * in memory is part of it; hand it to each `node` event as `resident`, unless the node restarted meanwhile.
 */
import { loadTimesFromJson, loadTimesToJson } from './estimator/load-time.js';
import type { Regression } from './estimator/regression.js';
import { runTimesFromJson, runTimesToJson } from './estimator/run-time.js';
import type { SchedulingOptions } from './options.js';
import { createScheduler, type SchedulerState } from './state.js';

export interface Learned {
  runTimes: Record<string, Regression>;
  loadTimes: Record<string, { samples: number; meanMs: number }>;
  tailsMs: Record<string, number>;
  /** Mean of log(actual / estimated) per node. */
  logBiases: Record<string, number>;
  /** Models in memory per node, least recently used first. */
  residency: Record<string, string[]>;
}

export function exportLearned(state: SchedulerState): Learned {
  const nodes = [...state.nodeById.values()];
  return {
    runTimes: runTimesToJson(state.runTimes),
    loadTimes: loadTimesToJson(state.loadTimes),
    tailsMs: Object.fromEntries(state.tails.byKey),
    logBiases: Object.fromEntries(nodes.map((node) => [node.spec.id, node.logBias])),
    residency: Object.fromEntries(
      nodes.map((node) => [node.spec.id, node.residency.models.map((model) => state.models[model]!.name)]),
    ),
  };
}

/** A scheduler that starts with what another one learned; `learned` must come from `exportLearned`. */
export function restoreScheduler(options: Partial<SchedulingOptions>, learned: Learned): SchedulerState {
  const state = createScheduler(options, {
    runTimes: runTimesFromJson(learned.runTimes),
    loadTimes: loadTimesFromJson(learned.loadTimes),
    tails: { byKey: new Map(Object.entries(learned.tailsMs)) },
  });
  state.logBiases = new Map(Object.entries(learned.logBiases));
  return state;
}
