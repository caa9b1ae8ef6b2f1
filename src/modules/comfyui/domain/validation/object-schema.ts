/** Reads one class of `/object_info` for validation. */
import { isJsonObject } from '../json/json.js';

export interface InputSchema {
  name: string;
  required: boolean;
  /** `[type, options]`, as it goes back in `input_config`. */
  config: [type: unknown, options: unknown];
}

export interface ClassSchema {
  inputs: InputSchema[];
  outputs: unknown[];
  isOutputNode: boolean;
}

/** `info` is parsed without loss of digits. */
export function readClassSchema(info: unknown): ClassSchema | undefined {
  if (!isJsonObject(info)) return undefined;
  const input = isJsonObject(info.input) ? info.input : {};
  return {
    inputs: [...readGroup(input.required, true), ...readGroup(input.optional, false)],
    outputs: Array.isArray(info.output) ? info.output : [],
    isOutputNode: info.output_node === true,
  };
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
  if (isCombo(received) && isCombo(wanted)) return true;
  if (typeof received !== 'string' || typeof wanted !== 'string') return false;
  if (dynamic.test(received) || dynamic.test(wanted)) return true;
  const accepted = new Set(wanted.split(',').map((part) => part.trim()));
  return received.split(',').some((part) => accepted.has(part.trim()));
}

const dynamic = /^COMFY_/;
const isCombo = (type: unknown): boolean => Array.isArray(type) || type === 'COMBO';
