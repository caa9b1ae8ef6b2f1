import type { Feature } from '../version.js';
import { repr, str } from '../wire/repr.js';
import type { Value, Writable } from '../wire/values.js';

/** One entry of `node_errors[id].errors`. */
export type NodeError = {
  readonly type: string;
  readonly message: string;
  readonly details: string;
  readonly extra_info: { readonly [key: string]: Writable };
};

/** A declared input: its name, and `[type, options]` as sent back in `input_config`. */
export interface Declared {
  readonly name: string;
  /** What a message calls it when it is missing: the name within its group. */
  readonly label: string;
  readonly config: readonly [Value, Value];
}

export const inputMissing = ({ name, label }: Declared): NodeError => ({
  type: 'required_input_missing',
  message: 'Required input is missing',
  details: label,
  extra_info: { input_name: name },
});

export const badLink = ({ name, config }: Declared, value: Value): NodeError => ({
  type: 'bad_linked_input',
  message: 'Bad linked input, must be a length-2 list of [node_id, slot_index]',
  details: name,
  extra_info: { input_name: name, input_config: config, received_value: value },
});

export const typeMismatch = ({ name, config }: Declared, received: Value, link: Value): NodeError => ({
  type: 'return_type_mismatch',
  message: 'Return type mismatch between linked nodes',
  details: `${name}, received_type(${str(received)}) mismatch input_type(${str(config[0])})`,
  extra_info: { input_name: name, input_config: config, received_type: received, linked_node: link },
});

export const conversionFailed = ({ name, config }: Declared, value: Value, reason: string): NodeError => ({
  type: 'invalid_input_type',
  message: `Failed to convert an input value to a ${str(config[0])} value`,
  details: `${name}, ${str(value)}, ${reason}`,
  extra_info: { input_name: name, input_config: config, received_value: value, exception_message: reason },
});

export function outOfRange(
  { name, config }: Declared,
  value: Value,
  bound: 'min' | 'max',
  limit: Value,
): NodeError {
  const [type, word] =
    bound === 'min'
      ? ['value_smaller_than_min', 'smaller than min']
      : ['value_bigger_than_max', 'bigger than max'];
  return {
    type,
    message: `Value ${str(value)} ${word} of ${str(limit)}`,
    details: name,
    extra_info: { input_name: name, input_config: config, received_value: value },
  };
}

const listedMax = 20;

/** `wrong` are the values outside the list: one, or several of a multi-select. */
export function notInList(
  { name, config }: Declared,
  value: Value,
  wrong: readonly Value[],
  options: readonly Value[],
  features: ReadonlySet<Feature>,
): NodeError {
  const long = options.length > listedMax;
  const shown = wrong
    .map((item) => (features.has('reprInListError') ? repr(item) : `'${str(item)}'`))
    .join(', ');
  const list = long ? `(list of length ${options.length})` : repr([...options]);
  return {
    type: 'value_not_in_list',
    message: 'Value not in list',
    details: `${name}: ${shown} not in ${list}`,
    extra_info: { input_name: name, input_config: long ? null : config, received_value: value },
  };
}

export const customFailed = (name: string, reason: string): NodeError => ({
  type: 'custom_validation_failed',
  message: 'Custom validation failed for node',
  details: `${name} - ${reason}`,
  extra_info: { input_name: name },
});
