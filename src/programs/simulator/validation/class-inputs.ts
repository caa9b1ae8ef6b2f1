/** Which inputs the server looks at in one node: its `get_finalized_class_inputs`. */
import { toNumber, isDict, type Dict, type Value } from '../wire/values.js';
import type { Declared } from './input-errors.js';

export interface ClassInput extends Declared {
  readonly required: boolean;
}

interface Group {
  readonly name: string;
  readonly options: Dict;
  readonly required: boolean;
}

/** Groups that the node's values choose or make more of stand for their members. */
export function classInputs(inputs: Dict, given: Dict, prefix = ''): ClassInput[] {
  return ['required', 'optional'].flatMap((kind) => {
    const declared = inputs.get(kind);
    return [...(isDict(declared) ? declared : [])].flatMap(([label, spec]) => {
      const [type, options = new Map()] = spec as [Value, Value | undefined];
      const name = prefix + label;
      const required = kind === 'required';
      const expand = typeof type === 'string' ? dynamic.get(type) : undefined;
      if (expand === undefined || !isDict(options))
        return [{ name, label, required, config: [type, options] as const }];
      return expand({ name, options, required }, given);
    });
  });
}

const dynamic = new Map<string, (group: Group, given: Dict) => ClassInput[]>([
  ['COMFY_DYNAMICCOMBO_V3', chosen],
  ['COMFY_AUTOGROW_V3', grown],
]);

function chosen({ name, options }: Group, given: Dict): ClassInput[] {
  const choices = options.get('options');
  const choice = (Array.isArray(choices) ? choices : []).find(
    (option) => isDict(option) && option.get('key') === given.get(name),
  );
  const inputs = isDict(choice) ? choice.get('inputs') : undefined;
  return isDict(inputs) ? classInputs(inputs, given, `${name}.`) : [];
}

function grown({ name: group, options }: Group, given: Dict): ClassInput[] {
  const template = options.get('template') as Dict;
  const [member] = classInputs(template.get('input') as Dict, given);
  if (member === undefined) return [];
  const least = member.required ? (toNumber(template.get('min')) ?? 0) : 0;
  return namesOf(template).flatMap((label, at) => {
    const name = `${group}.${label}`;
    const required = at < least;
    return required || given.has(name) ? [{ name, label, required, config: member.config }] : [];
  });
}

function namesOf(template: Dict): string[] {
  const names = template.get('names');
  if (Array.isArray(names)) return names as string[];
  const count = toNumber(template.get('max')) ?? 0;
  return Array.from({ length: count }, (_, at) => `${template.get('prefix') as string}${at}`);
}
