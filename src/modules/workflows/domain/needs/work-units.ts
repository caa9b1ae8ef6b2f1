import type { InputValue } from '../definition.js';
import type { WorkflowManifest } from '../manifest.js';

/** The work of a run in the workflow's own units (such as width·height·frames·steps); 1 where it names none. */
export function workUnitsOf(manifest: WorkflowManifest, params: Record<string, InputValue>): number {
  return manifest.workUnits.reduce((product, name) => product * Number(params[name] ?? 1), 1);
}
