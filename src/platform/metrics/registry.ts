import { collectDefaultMetrics, Registry } from 'prom-client';

const metricPrefix = 'comfymux_';

/** One a process: the metrics of Node itself, under our prefix, ready for the modules to add theirs. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: metricPrefix });
  return registry;
}
