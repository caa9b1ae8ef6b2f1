/**
 * Puts a caller's inputs into a workflow's graph. The definition is never changed; a filled graph differs from the
 * workflow's only in the targets of its inputs. Nothing is converted: a number sent as text is a fault. Numbers may
 * be parsed losslessly.
 */
import type { z } from 'zod';
import type { FilledWorkflow, ImageInput, InputFault, InputValue, WorkflowDefinition } from './definition.js';
import { isRecord, plainValue, type Graph } from './graph.js';
import type { WorkflowInput } from './manifest.js';

/** `seed` draws an integer from 0 to `maximum`, both included; every target of an input gets the same one. */
export interface SeedSource {
  seed: (maximum: number) => bigint | number;
}

export function fillWorkflow(
  definition: WorkflowDefinition,
  inputs: unknown,
  { seed }: SeedSource,
): FilledWorkflow {
  const checked = definition.inputs.safeParse(plainInputs(inputs));
  if (!checked.success) return { ok: false, faults: checked.error.issues.flatMap(faultsOf) };
  const params: Record<string, InputValue> = {};
  const imageInputs: ImageInput[] = [];
  const graph = copyOf(definition.graph);
  for (const [name, input] of Object.entries(definition.manifest.inputs)) {
    const value = checked.data[name] ?? (input.type === 'seed' ? seed(input.randomMaximum) : undefined);
    if (value === undefined) continue;
    params[name] = value;
    setTargets(graph, input, typeof value === 'object' ? value.asset : value);
    if (typeof value === 'object') imageInputs.push(...uploadsOf(name, input, value.asset));
  }
  return { ok: true, graph, params, imageInputs };
}

const unknownToldMax = 100;

function plainInputs(inputs: unknown): unknown {
  if (!isRecord(inputs)) return inputs;
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, plainValue(value)]));
}

/** Targets are literals directly under `inputs`: deeper values are never written, so they may be shared. */
function copyOf(graph: Graph): Graph {
  const nodes = Object.entries(graph).map(([id, node]) => [id, { ...node, inputs: { ...node.inputs } }]);
  return Object.fromEntries(nodes) as Graph;
}

function setTargets(graph: Graph, { targets }: WorkflowInput, value: unknown): void {
  for (const { node, field } of targets) {
    const inputs = graph[node]?.inputs;
    if (inputs !== undefined) inputs[field] = value;
  }
}

function uploadsOf(name: string, { targets }: WorkflowInput, assetRef: string): ImageInput[] {
  return targets.map(({ node, field }) => ({ name, node, field, assetRef }));
}

function faultsOf(issue: z.core.$ZodIssue): InputFault[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, unknownToldMax).map((key) => ({
      field: [...path, key].join('.'),
      reason: 'unknown',
      message: 'Not an input of this workflow',
    }));
  return [{ field: path.join('.'), reason: reasonOf(issue), message: issue.message }];
}

function reasonOf(issue: z.core.$ZodIssue): InputFault['reason'] {
  if (issue.code === 'too_small' || issue.code === 'too_big') return issue.code;
  if (issue.code === 'invalid_type') return issue.message.endsWith('undefined') ? 'missing' : 'type';
  return issue.code === 'invalid_union' ? 'type' : 'value';
}
