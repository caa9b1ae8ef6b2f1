import { collectDefaultMetrics, Registry } from 'prom-client';

const metricPrefix = 'comfymux_';

/** One a process: the metrics of Node itself, under our prefix, ready for the modules to add theirs. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: metricPrefix });
  return registry;
}

/** Upper bounds for what jobs take: from a thumbnail to an hour of video. */
export const secondsBuckets = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600];
