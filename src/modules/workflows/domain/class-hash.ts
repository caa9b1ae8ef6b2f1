import { createHash } from 'node:crypto';
import type { Requirements } from './requirements.js';

/**
 * The scheduling class of a graph: jobs with equal needs share it, whatever their node ids, prompts, seeds and
 * input files. 64 hexadecimal digits.
 */
export function classHash(requirements: Requirements): string {
  const needs = [
    requirements.nodeClasses,
    requirements.choices.map((choice) => [choice.class, choice.input, choice.value]),
    requirements.inputs.map((entry) => [entry.class, entry.names]),
  ];
  return createHash('sha256').update(JSON.stringify(needs)).digest('hex');
}
