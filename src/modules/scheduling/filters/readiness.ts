import type { Refusal } from '../types.js';

/**
 * Reads verdicts of the nodes module, which checks a graph's every input (models, LoRAs, node types, samplers, files) against the
 * node's own lists, spelled as that node spells them. There is no second judge of files here: one that knew less would only
 * disagree. What was refused stays refused until the nodes module says otherwise.
 */
export function readiness(refusals: Readonly<Record<string, Refusal>>, nodeId: string): Refusal | undefined {
  return refusals[nodeId];
}
