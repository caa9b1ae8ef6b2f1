/** A named workflow with the inputs of a caller in their places. */
import { Fault } from '../../../platform/fault.js';
import { fillWorkflow, randomSeed, type WorkflowDefinition } from '../../workflows/index.js';

/** Throws `unprocessable` with a fault for each input that does not fit. */
export function filledOf(definition: WorkflowDefinition, inputs: Record<string, unknown>) {
  const filled = fillWorkflow(definition, inputs, { seed: randomSeed });
  if (!filled.ok) throw new Fault('unprocessable', 'the inputs do not fit the workflow', filled.faults);
  return filled;
}
