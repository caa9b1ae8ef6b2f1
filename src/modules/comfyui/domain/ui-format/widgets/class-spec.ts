/** Reads a class of `/object_info` the way the editor does: in order, with the widget that each input gets. */
import { isJsonObject } from '../../json/json.js';
import type { SchemaOf } from '../types.js';
import { asList, asRecord, asText, type JsonRecord, own } from '../values.js';

export interface InputSpec {
  name: string;
  /** The socket's type; `COMBO` for a list of choices. */
  type: string;
  /** The type whose widget is built. */
  widgetType: string;
  options: JsonRecord;
  /** Of a combo, where the server tells them. */
  choices?: unknown[];
  required: boolean;
}

export interface ClassSpec {
  nodeClass: string;
  title: string;
  inputs: InputSpec[];
  /** Types by slot; a list of choices counts as COMBO. */
  outputTypes: string[];
}

/** One class, read once. */
export type SpecOf = (nodeClass: string) => ClassSpec | undefined;

export function specReader(schemaOf: SchemaOf): SpecOf {
  const known = new Map<string, ClassSpec | undefined>();
  return (nodeClass) => {
    if (!known.has(nodeClass)) known.set(nodeClass, readClassSpec(nodeClass, schemaOf(nodeClass)));
    return known.get(nodeClass);
  };
}

export function readClassSpec(nodeClass: string, info: unknown): ClassSpec | undefined {
  if (!isJsonObject(info)) return undefined;
  const input = asRecord(info.input);
  const order = asRecord(info.input_order);
  return {
    nodeClass,
    title: asText(info.display_name) || nodeClass,
    inputs: [
      ...readGroup(input.required, order.required, true),
      ...readGroup(input.optional, order.optional, false),
    ],
    outputTypes: asList(info.output).map(typeName),
  };
}

/** A group of inputs (`required` or `optional`), first in the order that is told, then what it does not name. */
export function readGroup(group: unknown, order: unknown, required: boolean): InputSpec[] {
  const specs = asRecord(group);
  const told = asList(order).filter((name): name is string => typeof name === 'string');
  const names = new Set([...told, ...Object.keys(specs)]);
  return [...names].flatMap((name) => {
    const spec = own(specs, name);
    return Array.isArray(spec) ? [readInput(name, spec as unknown[], required)] : [];
  });
}

export function readInput(name: string, [type, given]: unknown[], required: boolean): InputSpec {
  const options = asRecord(given);
  const choices = Array.isArray(type) ? (type as unknown[]) : listOf(options.options);
  const typed = typeName(type);
  return {
    name,
    type: typed,
    widgetType: asText(options.widgetType) ?? typed,
    options,
    required,
    ...(typed === 'COMBO' && choices ? { choices } : {}),
  };
}

const listOf = (value: unknown): unknown[] | undefined =>
  Array.isArray(value) ? (value as unknown[]) : undefined;
const typeName = (type: unknown): string => (Array.isArray(type) ? 'COMBO' : (asText(type) ?? '*'));
