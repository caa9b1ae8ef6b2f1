import { createHash } from 'node:crypto';
import { byCodeUnit } from '../graph.js';
import type { PlacementNeeds } from './placement-needs.js';
import type { Requirements } from './requirements.js';

/**
 * The scheduling class of a graph: jobs with equal needs share it, whatever their node ids, prompts, seeds and
 * input files. Those of a named workflow are a class of their own, for its limits. 64 hexadecimal digits.
 */
export function classHash(requirements: Requirements, placement?: PlacementNeeds): string {
  const needs = [
    requirements.nodeClasses,
    requirements.choices.map((choice) => [choice.class, choice.input, choice.value]),
    requirements.inputs.map((entry) => [entry.class, entry.names]),
    ...(placement?.workflow ? [placementKey(placement)] : []),
  ];
  return createHash('sha256').update(JSON.stringify(needs)).digest('hex');
}

function placementKey({ workflow, minVramBytes, labels, pool }: PlacementNeeds): unknown[] {
  return [workflow, minVramBytes, Object.entries(labels).toSorted(([a], [b]) => byCodeUnit(a, b)), pool];
}
