/** The `error` object of a refused prompt. */
import { type GraphNode, titleOf } from '../graph/graph.js';
import type { GraphFault } from '../graph/sanitise.js';

export interface PromptError {
  type: string;
  message: string;
  details: string;
  extra_info: Record<string, unknown>;
}

const plain = (type: string, message: string, details = ''): PromptError => ({
  type,
  message,
  details,
  extra_info: {},
});

export const noPrompt = plain('no_prompt', 'No prompt provided', 'No prompt provided');
export const noOutputs = plain('prompt_no_outputs', 'Prompt has no outputs');
export const invalidPromptId = plain(
  'invalid_prompt_id',
  'prompt_id must be a valid UUID',
  'prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to let the server generate one',
);
export const usedPromptId = plain(
  'invalid_prompt_id',
  'prompt_id is in use',
  'there is a job with this prompt_id already; send another one, or omit it to let the server generate one',
);
export const outputsFailed = (details: string): PromptError =>
  plain('prompt_outputs_failed_validation', 'Prompt outputs failed validation', details);
/** Requests that harm a ComfyUI or that it answers with a bare 500. */
export const invalidPrompt = (message: string, details = ''): PromptError =>
  plain('invalid_prompt', message, details);

export function missingClass(nodeId: string, node: GraphNode): PromptError {
  const title = titleOf(node);
  return {
    type: 'missing_node_type',
    message: `Node '${title}' not found. The custom node may not be installed.`,
    details: `Node ID '#${nodeId}'`,
    extra_info: { node_id: nodeId, class_type: node.class_type, node_title: title },
  };
}

/** What the sanitiser found, of which the first is told. */
export function faultOf([fault]: readonly GraphFault[]): PromptError {
  if (fault === undefined || fault.code === 'empty' || fault.code === 'no_outputs') return noOutputs;
  const details = fault.nodeId === undefined ? '' : `Node ID '#${fault.nodeId}'`;
  if (fault.code === 'cycle') return plain('dependency_cycle', 'Dependency cycle detected', details);
  if (fault.code !== 'missing_class_type') return invalidPrompt(fault.message, details);
  return {
    type: 'missing_node_type',
    message: `Node 'ID #${fault.nodeId}' has no class_type. The workflow may be corrupted or a custom node is missing.`,
    details,
    extra_info: { node_id: fault.nodeId, class_type: null, node_title: null },
  };
}
