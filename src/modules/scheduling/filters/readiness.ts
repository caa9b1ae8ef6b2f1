import type { Refusal } from './filter.js';

/**
 * Reads verdicts of the nodes module, which checks a graph's every input against the node's own lists (samplers, encoders,
 * input files) more closely than the needs of a class can say. What it refused stays refused until it says otherwise.
 */
export function readiness(refusals: Readonly<Record<string, string>>, nodeId: string): Refusal | undefined {
  const detail = refusals[nodeId];
  return detail === undefined ? undefined : { filter: 'readiness', detail };
}
