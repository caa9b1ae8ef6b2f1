/** The entries of `node_errors[id].errors`, in ComfyUI's words. */
import { choicesOf, type InputSchema } from './object-schema.js';
import { received, repr, str } from './python-value.js';

export interface InputError {
  type: string;
  message: string;
  details: string;
  extra_info: Record<string, unknown>;
}

const listedMax = 20;
/** Without a long list of choices: it would come back once for each fault of a prompt. */
const shown = (config: InputSchema['config']): InputSchema['config'] | null =>
  (choicesOf(config)?.length ?? 0) > listedMax ? null : config;

export const inputMissing = ({ name, label = name }: InputSchema): InputError => ({
  type: 'required_input_missing',
  message: 'Required input is missing',
  details: label,
  extra_info: { input_name: name },
});

export const badLink = ({ name, config }: InputSchema, value: unknown): InputError => ({
  type: 'bad_linked_input',
  message: 'Bad linked input, must be a length-2 list of [node_id, slot_index]',
  details: name,
  extra_info: { input_name: name, input_config: shown(config), received_value: received(value) },
});

export const typeMismatch = ({ name, config }: InputSchema, given: unknown, link: unknown): InputError => ({
  type: 'return_type_mismatch',
  message: 'Return type mismatch between linked nodes',
  details: `${name}, received_type(${str(given)}) mismatch input_type(${str(shown(config)?.[0] ?? 'COMBO')})`,
  extra_info: { input_name: name, input_config: shown(config), received_type: given, linked_node: link },
});

export const innerException = 'exception_during_inner_validation';

export const badSlot = ({ name, config }: InputSchema, link: unknown): InputError => ({
  type: innerException,
  message: 'Exception when validating inner node',
  details: 'tuple index out of range',
  extra_info: {
    input_name: name,
    input_config: shown(config),
    exception_message: 'tuple index out of range',
    exception_type: 'IndexError',
    traceback: [],
    linked_node: link,
  },
});

export const outsideException = ({ details, extra_info }: InputError): InputError => ({
  type: 'exception_during_validation',
  message: 'Exception when validating node',
  details,
  extra_info: { exception_type: extra_info.exception_type, traceback: extra_info.traceback },
});

export const conversionFailed = (
  { name, config }: InputSchema,
  value: unknown,
  reason: string,
): InputError => ({
  type: 'invalid_input_type',
  message: `Failed to convert an input value to a ${str(config[0])} value`,
  details: `${name}, ${str(value)}, ${reason}`,
  extra_info: {
    input_name: name,
    input_config: shown(config),
    received_value: received(value),
    exception_message: reason,
  },
});

export function outOfRange(
  { name, config }: InputSchema,
  value: unknown,
  bound: 'min' | 'max',
  limit: unknown,
): InputError {
  const comparison = bound === 'min' ? 'smaller than min' : 'bigger than max';
  return {
    type: bound === 'min' ? 'value_smaller_than_min' : 'value_bigger_than_max',
    message: `Value ${str(value)} ${comparison} of ${str(limit)}`,
    details: name,
    extra_info: { input_name: name, input_config: shown(config), received_value: received(value) },
  };
}

/** `wrong` are the values outside the list: one, or several of a multi-select. */
export function notInList(
  { name, config }: InputSchema,
  value: unknown,
  wrong: unknown[],
  choices: unknown[],
): InputError {
  const isLong = choices.length > listedMax;
  const list = isLong ? `(list of length ${choices.length})` : repr(choices);
  return {
    type: 'value_not_in_list',
    message: 'Value not in list',
    details: `${name}: ${wrong.slice(0, listedMax).map(repr).join(', ')} not in ${list}`,
    extra_info: { input_name: name, input_config: shown(config), received_value: received(value) },
  };
}

const fileKinds: Record<string, string> = {
  image: 'image',
  file: 'video',
  video: 'video',
  audio: 'audio',
  model_file: '3D model',
};

export const noSuchFile = ({ name }: InputSchema, value: unknown): InputError => ({
  type: 'custom_validation_failed',
  message: 'Custom validation failed for node',
  details: `${name} - Invalid ${fileKinds[name] ?? ''} file: ${str(value)}`.replace('  ', ' '),
  extra_info: { input_name: name },
});
