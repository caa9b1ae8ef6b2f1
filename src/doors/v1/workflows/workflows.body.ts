import { inputsJsonSchema, type WorkflowDefinition } from '../../../modules/workflows/domain/index.js';
import type { WorkflowDetailBody, WorkflowListBody } from './workflows.schemas.js';

export function listBodyOf(definitions: readonly WorkflowDefinition[]): WorkflowListBody {
  return { workflows: definitions.map(summaryOf) };
}

export function detailBodyOf(definition: WorkflowDefinition): WorkflowDetailBody {
  const { manifest, requirements } = definition;
  return {
    ...summaryOf(definition),
    inputs: inputsJsonSchema(manifest),
    outputs: manifest.outputs.map(({ node, kind, title }) => ({
      graph_node: node,
      kind,
      title: title ?? null,
    })),
    requirements: {
      node_classes: requirements.nodeClasses,
      models: requirements.models,
      loras: requirements.loras,
      choices: requirements.choices.map(({ class: nodeClass, input, value }) => ({
        class: nodeClass,
        input,
        value,
      })),
    },
    max_run_ms: manifest.limits.maxRunMs ?? null,
  };
}

function summaryOf({ manifest: { name, title, description } }: WorkflowDefinition) {
  return { name, title, description };
}
