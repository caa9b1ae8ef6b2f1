import type { Feature } from '../version.js';
import { isDict, type Dict, type Value, type Writable } from '../wire/values.js';
import { PyError } from '../wire/convert.js';
import { str } from '../wire/repr.js';

/** The `error` object of a 400. */
export type PromptError = {
  readonly type: string;
  readonly message: string;
  readonly details: string;
  readonly extra_info: { readonly [key: string]: Writable };
};

/** The node's class; empty where there is none. */
export function classTypeOf(node: Dict): string {
  const classType = node.get('class_type');
  return typeof classType === 'string' ? classType : '';
}

export const noPrompt: PromptError = {
  type: 'no_prompt',
  message: 'No prompt provided',
  details: 'No prompt provided',
  extra_info: {},
};

export const invalidPromptId: PromptError = {
  type: 'invalid_prompt_id',
  message: 'prompt_id must be a valid UUID',
  details:
    'prompt_id must be a UUID string in canonical lowercase hyphenated form; omit it to let the server generate one',
  extra_info: {},
};

export const noOutputs: PromptError = {
  type: 'prompt_no_outputs',
  message: 'Prompt has no outputs',
  details: '',
  extra_info: {},
};

export const outputsFailed = (details: string): PromptError => ({
  type: 'prompt_outputs_failed_validation',
  message: 'Prompt outputs failed validation',
  details,
  extra_info: {},
});

/** A node without class, or of a class this server does not have. */
export function missingClass(nodeId: string, node: Dict, features: ReadonlySet<Feature>): PromptError {
  const details = `Node ID '#${nodeId}'`;
  const classType = node.get('class_type');
  const name = typeof classType === 'string' ? classType : undefined;
  if (!features.has('missingNodeType'))
    return { type: 'invalid_prompt', message: oldMessage(name), details, extra_info: {} };
  const title = titleOf(node) ?? name ?? null;
  const message =
    name === undefined
      ? `Node '${title ?? `ID #${nodeId}`}' has no class_type. The workflow may be corrupted or a custom node is missing.`
      : `Node '${title ?? name}' not found. The custom node may not be installed.`;
  return {
    type: 'missing_node_type',
    message,
    details,
    extra_info: { node_id: nodeId, class_type: name ?? null, node_title: title },
  };
}

const oldMessage = (name: string | undefined): string =>
  name === undefined
    ? 'Cannot execute because a node is missing the class_type property.'
    : `Cannot execute because node ${name} does not exist.`;

function titleOf(node: Dict): string | undefined {
  const meta = node.get('_meta');
  const title = isDict(meta) ? meta.get('title') : undefined;
  return typeof title === 'string' ? title : undefined;
}

/** The node of this id, or Python's `KeyError`. */
export function nodeOf(prompt: Dict, id: Value): Dict {
  const node = typeof id === 'string' ? prompt.get(id) : undefined;
  if (!isDict(node)) throw new PyError('KeyError', typeof id === 'string' ? `'${id}'` : str(id));
  return node;
}

/** The inputs of a node, or Python's `KeyError: 'inputs'`. */
export function inputsOfNode(node: Dict): Dict {
  const inputs = node.get('inputs');
  if (!isDict(inputs)) throw new PyError('KeyError', "'inputs'");
  return inputs;
}

/** Lines as `traceback.format_tb` prints them. */
export const tracebackOf = (where: string): string[] => [
  `  File "/comfyui/execution.py", line 1, in ${where}\n    raise\n`,
];
