/**
 * The inputs of one node whose class has groups of inputs that its values choose or make more of. Each group stands for its members,
 * named `group.member`, as ComfyUI's `get_finalized_class_inputs` makes them before it validates.
 */
import { isJsonObject } from '../json/json.js';
import { type ClassSchema, type InputSchema, readInputs } from './object-schema.js';

type Given = Readonly<Record<string, unknown>>;

/** ComfyUI makes no more names in a group, and nests no deeper than its authors write. */
const namesMax = 100;
const depthMax = 16;

export const inputsOfNode = (schema: ClassSchema, given: Given): readonly InputSchema[] =>
  schema.isDynamic ? expand(schema.inputs, given, 0) : schema.inputs;

function expand(inputs: readonly InputSchema[], given: Given, depth: number): InputSchema[] {
  if (depth > depthMax) return [];
  return inputs.flatMap((input) => {
    const [type, options] = input.config;
    const make = typeof type === 'string' ? groups.get(type) : undefined;
    if (make === undefined) return [input];
    return isJsonObject(options) ? expand(make(input, options, given), given, depth + 1) : [];
  });
}

/** What a group stands for. The choice itself, like a group that nothing chose, is held against nobody. */
const groups = new Map<string, (group: InputSchema, options: Given, given: Given) => InputSchema[]>([
  ['COMFY_DYNAMICCOMBO_V3', chosenInputs],
  ['COMFY_AUTOGROW_V3', grownInputs],
  [
    'COMFY_DYNAMICSLOT_V3',
    (group, { inputs }, given) => (isGiven(given, group.name) ? membersOf(group, inputs) : []),
  ],
]);

function chosenInputs(group: InputSchema, { options }: Given, given: Given): InputSchema[] {
  if (!isGiven(given, group.name) || !Array.isArray(options)) return [];
  const chosen = options.find(
    (option) => isJsonObject(option) && option.key === given[group.name],
  ) as unknown;
  return isJsonObject(chosen) ? membersOf(group, chosen.inputs) : [];
}

function grownInputs(group: InputSchema, { template }: Given, given: Given): InputSchema[] {
  if (!isJsonObject(template)) return [];
  const [member] = readInputs(template.input);
  const least = member?.required ? Number(template.min) : 0;
  return namesOf(template).flatMap((memberName, at) => {
    const name = `${group.name}.${memberName}`;
    const required = at < least;
    if (!member || !(required || isGiven(given, name))) return [];
    return [{ name, label: memberName, required, config: member.config }];
  });
}

function namesOf({ names, prefix, max }: Given): string[] {
  if (Array.isArray(names))
    return names.slice(0, namesMax).filter((name): name is string => typeof name === 'string');
  const count = Math.min(namesMax, Number(max) || 0);
  return Array.from({ length: count }, (_, at) => `${String(prefix)}${at}`);
}

const membersOf = (group: InputSchema, inputs: unknown): InputSchema[] =>
  readInputs(inputs).map((input) => ({ ...input, label: input.name, name: `${group.name}.${input.name}` }));

const isGiven = (given: Given, name: string): boolean => Object.hasOwn(given, name);
