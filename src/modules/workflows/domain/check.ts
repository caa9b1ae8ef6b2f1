/**
 * The gate a workflow passes before anyone can run it: what gets through can be filled with every input its schema
 * accepts. All faults are told at once, each by file, node and field.
 */
import type { WorkflowDefinition, WorkflowFault } from './definition.js';
import { graphFaults } from './check-graph.js';
import { isLink, plainValue, type Graph } from './graph.js';
import { inputsSchemaOf, valueSchemaOf } from './inputs-schema.js';
import { workflowManifest, type WorkflowInput, type WorkflowManifest } from './manifest.js';
import { extendRequirements, requirementsOf } from './needs/requirements.js';

/** Parsed contents of `<name>.manifest.json` and `<name>.json`. */
export interface WorkflowSource {
  name: string;
  manifest: unknown;
  graph: unknown;
}

export type CheckedWorkflow =
  | { ok: true; definition: WorkflowDefinition }
  | { ok: false; faults: WorkflowFault[] };

export function checkWorkflow({ name, manifest, graph }: WorkflowSource): CheckedWorkflow {
  const manifestFile = `${name}.manifest.json`;
  const parsed = workflowManifest.safeParse(manifest);
  const faults = graphFaults(`${name}.json`, graph);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues)
      faults.push({ file: manifestFile, field: path.join('.'), message });
    return { ok: false, faults };
  }
  if (parsed.data.name !== name)
    faults.push({ file: manifestFile, field: 'name', message: `must be "${name}", as the file is named` });
  if (faults.length > 0) return { ok: false, faults };
  faults.push(...agreementFaults(manifestFile, parsed.data, graph as Graph));
  return faults.length > 0
    ? { ok: false, faults }
    : { ok: true, definition: definitionOf(parsed.data, graph as Graph) };
}

function definitionOf(manifest: WorkflowManifest, graph: Graph): WorkflowDefinition {
  const requirements = extendRequirements(requirementsOf(graph), manifest.requirements);
  return { name: manifest.name, manifest, graph, requirements, inputs: inputsSchemaOf(manifest) };
}

function agreementFaults(file: string, manifest: WorkflowManifest, graph: Graph): WorkflowFault[] {
  const inputs = Object.entries(manifest.inputs);
  return [
    ...inputs.flatMap(([name, input]) => [
      ...boundsFaults(file, name, input),
      ...targetFaults(file, name, input, graph),
    ]),
    ...repeatedTargets(file, inputs),
    ...openAiFaults(file, manifest),
    ...manifest.outputs
      .filter(({ node }) => !Object.hasOwn(graph, node))
      .map(({ node }) => ({ file, node, field: 'outputs', message: 'output node is not in the graph' })),
    ...manifest.workUnits
      .filter((name) => !isNumeric(Object.hasOwn(manifest.inputs, name) ? manifest.inputs[name] : undefined))
      .map((name) => ({ file, field: 'workUnits', message: `"${name}" is not a numeric input` })),
  ];
}

function openAiFaults(file: string, { openai, inputs }: WorkflowManifest): WorkflowFault[] {
  const { as: _as, framesPerSecond: _rate, ...named } = openai ?? {};
  return Object.entries(named).flatMap(([field, name]) =>
    name === undefined || Object.hasOwn(inputs, name)
      ? []
      : [{ file, field: `openai.${field}`, message: `"${name}" is not an input` }],
  );
}

function boundsFaults(file: string, name: string, input: WorkflowInput): WorkflowFault[] {
  const [low, high] =
    input.type === 'string'
      ? [input.minLength, input.maxLength]
      : isNumeric(input)
        ? [input.minimum, input.maximum]
        : [];
  if (low !== undefined && high !== undefined && low > high)
    return [{ file, field: `inputs.${name}`, message: `allows nothing: ${low} is over ${high}` }];
  if (!('default' in input) || input.default === undefined) return [];
  const node = input.targets[0]?.node;
  const fault = { file, ...(node === undefined ? {} : { node }), field: `inputs.${name}.default` };
  if (input.required === true) return [{ ...fault, message: 'a required input has no default' }];
  const accepted = valueSchemaOf(input).safeParse(input.default);
  return accepted.success ? [] : accepted.error.issues.map(({ message }) => ({ ...fault, message }));
}

function targetFaults(file: string, name: string, input: WorkflowInput, graph: Graph): WorkflowFault[] {
  return input.targets.flatMap(({ node, field }) => {
    const message = targetFault(input, node, field, graph);
    return message === undefined
      ? []
      : [{ file, node, field, message: `target of input "${name}" ${message}` }];
  });
}

function targetFault(input: WorkflowInput, node: string, field: string, graph: Graph): string | undefined {
  const inputs = Object.hasOwn(graph, node) ? graph[node]?.inputs : undefined;
  if (inputs === undefined) return 'is a node that does not exist';
  if (!Object.hasOwn(inputs, field)) return 'is a field the node does not have';
  const literal = plainValue(inputs[field]);
  if (isLink(literal)) return 'is a link, not a literal';
  const expected = literalType(input);
  const actual = typeof literal === 'bigint' ? 'number' : typeof literal;
  return actual === expected ? undefined : `holds a ${actual} in the graph, not a ${expected}`;
}

function literalType({ type }: WorkflowInput): 'number' | 'boolean' | 'string' {
  if (type === 'integer' || type === 'number' || type === 'seed') return 'number';
  return type === 'boolean' ? 'boolean' : 'string';
}

function repeatedTargets(file: string, inputs: [string, WorkflowInput][]): WorkflowFault[] {
  const owners = new Map<string, string>();
  return inputs.flatMap(([name, { targets }]) =>
    targets.flatMap(({ node, field }) => {
      const key = JSON.stringify([node, field]);
      const owner = owners.get(key);
      owners.set(key, name);
      if (owner === undefined) return [];
      return [{ file, node, field, message: `is a target of input "${owner}" and of "${name}"` }];
    }),
  );
}

function isNumeric(
  input: WorkflowInput | undefined,
): input is Extract<WorkflowInput, { type: 'integer' | 'number' }> {
  return input?.type === 'integer' || input?.type === 'number';
}
