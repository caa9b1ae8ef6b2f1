/** Reads one class of `/object_info` for validation. */
import { isJsonObject } from '../json/json.js';

export interface InputSchema {
  name: string;
  /** What a message calls a missing member of a group; `name` by default. */
  label?: string;
  required: boolean;
  /** `[type, options]`, as it goes back in `input_config`. */
  config: [type: unknown, options: unknown];
}

export interface ClassSchema {
  inputs: InputSchema[];
  /** Whether some input is a group whose members depend on the node's values. */
  isDynamic: boolean;
  outputs: unknown[];
  isOutputNode: boolean;
}

/** `info` is parsed without loss of digits. */
export function readClassSchema(info: unknown): ClassSchema | undefined {
  if (!isJsonObject(info)) return undefined;
  const inputs = readInputs(info.input);
  return {
    inputs,
    isDynamic: inputs.some(({ config: [type] }) => typeof type === 'string' && dynamic.test(type)),
    outputs: Array.isArray(info.output) ? info.output : [],
    isOutputNode: info.output_node === true,
  };
}

/** The inputs of `{ required, optional }`. */
export function readInputs(input: unknown): InputSchema[] {
  if (!isJsonObject(input)) return [];
  return [...readGroup(input.required, true), ...readGroup(input.optional, false)];
}

function readGroup(group: unknown, required: boolean): InputSchema[] {
  if (!isJsonObject(group)) return [];
  return Object.entries(group).flatMap(([name, spec]) => {
    if (!Array.isArray(spec)) return [];
    const [type, options = {}] = spec as unknown[];
    return [{ name, required, config: [type, options] }];
  });
}

/** The choices of a combo in either encoding; undefined for other inputs and for lists the server does not tell. */
export function choicesOf([type, options]: InputSchema['config']): unknown[] | undefined {
  if (Array.isArray(type)) return type;
  if (type !== 'COMBO' || !isJsonObject(options)) return undefined;
  return Array.isArray(options.options) ? options.options : undefined;
}

/** Whether an output of one type may feed an input of the other: equal, `*`, or a shared part of `A,B`. */
export function typesFit(received: unknown, wanted: unknown): boolean {
  if (received === wanted || received === '*' || wanted === '*') return true;
  if (Array.isArray(received) && isCombo(wanted)) return true;
  if (typeof received !== 'string' || typeof wanted !== 'string') return false;
  if (dynamic.test(received) || dynamic.test(wanted)) return true;
  const accepted = partsOf(wanted);
  return accepted.includes('*') || partsOf(received).some((part) => part === '*' || accepted.includes(part));
}

const partsOf = (type: string): string[] => type.split(',').map((part) => part.trim());
const dynamic = /^COMFY_/;
const isCombo = (type: unknown): boolean => Array.isArray(type) || type === 'COMBO';
